import { EgressError } from './egress-error.ts'

/** The same answer, which ends with an error when more than so many bytes come: also of a small body that unpacks to a large one. */
export function limitBody(response: Response, bytesMax: number): Response {
  if (!response.body) return response
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.byteLength
        if (bytes > bytesMax)
          controller.error(new EgressError(`The response has more than ${bytesMax} bytes.`))
        else controller.enqueue(piece)
      },
    }),
  )
  const limited = new Response(counted, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
  Object.defineProperty(limited, 'url', { value: response.url })
  return limited
}
