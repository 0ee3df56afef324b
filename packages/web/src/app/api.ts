import { ApiError, type Client, createClient, type Route } from '@bifrost/contract'
import { askForProof } from './proof.ts'

const call = createClient({ baseUrl: '' })

/**
 * The API of the server that served this page; the session cookie signs in. Where the server wants to know once more who
 * sits there, the person is asked, and the call is made again.
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
