import { z } from 'zod'

/**
 * What a contained process and the proxy of its connections say to each other, on file descriptor 5 where there is one.
 * One line of text is one JSON array of messages. The bytes of a connection do not go this way: each has a socket.
 */

/** What the process asks for. `id` is its own number, never used twice. */
export const EgressRequest = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('connect'),
    id: z.int(),
    host: z.string().min(1).max(255),
    port: z.int().min(1).max(65_535),
    /** The run whose code connects, and with whose end the connection ends; null: it belongs to no run. */
    run: z.int().nullable(),
  }),
  /** The connection serves another run from now on; null: none at present, and it is kept for later ones. */
  z.object({ type: z.literal('serves'), id: z.int(), run: z.int().nullable() }),
  /** It is done with this connection. `cut`: what it has sent need not arrive, as when a run ends in the middle of a request. */
  z.object({ type: z.literal('close'), id: z.int(), cut: z.boolean() }),
  z.object({ type: z.literal('lookup'), id: z.int(), host: z.string().min(1).max(255) }),
])
export type EgressRequest = z.infer<typeof EgressRequest>

/** What the process is answered. */
export type EgressAnswer =
  /** The connection is made: it is reached through this socket, once. */
  | { type: 'connected'; id: number; path: string; address: string; port: number }
  | { type: 'addresses'; id: number; addresses: { address: string; family: number }[] }
  /** It was not made; or, after `connected`, it broke. */
  | { type: 'failed'; id: number; code: string; message: string }
