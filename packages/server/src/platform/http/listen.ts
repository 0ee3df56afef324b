import type { FastifyInstance } from 'fastify'
import { listenError } from '../start-faults.ts'

/** Answers the address. `setting` is the one that says the port, for the sentence of a start that fails. */
export const listen = (
  app: FastifyInstance,
  at: { host: string; port: number; setting: string },
): Promise<string> =>
  app.listen({ host: at.host, port: at.port }).catch((cause: unknown) => {
    throw listenError(at, cause)
  })
