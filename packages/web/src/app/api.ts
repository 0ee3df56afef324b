import { createClient } from '@bifrost/contract'

/** The API of the server that served this page; the session cookie signs in. */
export const api = createClient({ baseUrl: '' })
