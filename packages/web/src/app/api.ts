import { ApiError, type Client, createClient, type Route } from '@bifrost/contract'
import { actingHeaders } from './acting.ts'
import { askForProof } from './proof.ts'

const call = createClient({ baseUrl: '', headers: actingHeaders })

/**
 * The API of the server that served this page. The session cookie signs in, and each request names its organization.
 * Where the server wants to know once more who sits there, the person is asked, and the call is made again.
 */
export const api = (async (route: Route, args: never) => {
  try {
    return await call(route, args)
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'proof_needed')) throw error
    if (!(await askForProof())) throw error
    return call(route, args)
  }
}) as Client
