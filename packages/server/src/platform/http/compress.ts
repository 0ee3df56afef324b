import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { limits } from '@bifrost/contract'
import type { onSendHookHandler } from 'fastify'

const compressors = {
  // A quality at which it is about as fast as gzip, and smaller.
  br: (text: string) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (text: string) => promisify(gzip)(text, { level: 6 }),
}
type Encoding = keyof typeof compressors

/**
 * Compresses JSON answers on threads beside the event loop: not the small ones, which are sent as soon, and not the very
 * large ones, whose compression would keep those threads from everybody else. Streams go out as they come. Answers
 * have no ETag on purpose: `no-store` keeps what belongs to an organization out of the browser's cache.
 */
export const compressAnswer: onSendHookHandler = (request, reply, payload, done) => {
  if (typeof payload !== 'string' || payload.length < limits.compressedAnswerBytesMin)
    return done(null, payload)
  const isJson = String(reply.getHeader('content-type')).startsWith('application/json')
  if (!isJson || reply.hasHeader('content-encoding')) return done(null, payload)
  reply.header('vary', 'accept-encoding')
  const encoding = encodingFor(request.headers['accept-encoding'])
  if (!encoding || request.method === 'HEAD' || payload.length > limits.compressedAnswerBytesMax)
    return done(null, payload)
  compressors[encoding](payload).then((compressed) => {
    reply.header('content-encoding', encoding).removeHeader('content-length')
    done(null, compressed)
  }, done)
}

/** The best of what is accepted; a weight of 0 refuses. */
function encodingFor(accepted: string | undefined): Encoding | null {
  if (accepted === undefined) return null
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .flatMap((one) => {
        const [name = '', ...parameters] = one.split(';').map((part) => part.trim())
        return parameters.some((part) => /^q=0(\.0*)?$/.test(part)) ? [] : [name]
      }),
  )
  return taken.has('br') ? 'br' : taken.has('gzip') ? 'gzip' : null
}
