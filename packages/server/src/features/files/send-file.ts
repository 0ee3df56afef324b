import type { Readable } from 'node:stream'
import { AppError } from '@bifrost/contract'
import send from '@fastify/send'
import { create } from 'content-disposition'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenFile } from './files.ts'

/**
 * Sends a file as a stream, or the part of it that a Range header asks for. It came from anybody: the browser saves it,
 * and shows it only where that was asked for, without scripts, on an origin of its own.
 */
export async function sendFile(
  file: OpenFile,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  options: { inline?: boolean } = {},
): Promise<Readable> {
  const encoded = file.absolute.split(/[/\\]/).map(encodeURIComponent).join('/')
  const sent = await send(request.raw, encoded, { dotfiles: 'allow', index: false, cacheControl: false })
  if (sent.type !== 'file') {
    sent.stream.destroy()
    const range = sent.headers['Content-Range']
    if (range !== undefined) reply.header('content-range', range)
    throw sent.statusCode === 416
      ? new AppError('range_not_satisfiable', 'The file does not have the requested range.')
      : new AppError('not_found', `There is no file ${file.path}.`)
  }
  void reply
    .code(sent.statusCode)
    .headers(sent.headers)
    .headers({
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'content-disposition': create(file.name, { type: options.inline ? 'inline' : 'attachment' }),
    })
  return sent.stream
}
