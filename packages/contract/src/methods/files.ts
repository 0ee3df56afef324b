import { z } from 'zod'
import { limits } from '../limits.ts'
import { FileInfo, FileLocation } from '../routes/files.ts'
import { method } from './method.ts'

const Where = z.object({ path: z.string().max(1000), location: FileLocation })
const Stream = z.object({ stream: z.uuid() })
const Base64 = z.base64()
const read = { permission: 'file:read', effect: 'read', where: 'anywhere' } as const
const write = { permission: 'file:write', effect: 'write', where: 'anywhere' } as const

/** `files.*`; bytes travel as base64. */
export const fileMethods = {
  'files.read': method({ ...read, errors: ['not_found'], args: Where, result: Base64 }),
  'files.readPart': method({
    ...read,
    errors: ['not_found', 'conflict'],
    args: Where.extend({
      offset: z.int().min(0),
      length: z.int().min(1).max(limits.filePartBytesMax),
      /** Of the part before: the file must still be the same. */
      stamp: z.string().max(100).nullable(),
    }),
    result: z.object({ content: Base64, size: z.int(), stamp: z.string() }),
  }),
  'files.write': method({
    ...write,
    errors: ['conflict', 'quota_exceeded'],
    args: Where.extend({ content: Base64 }),
    result: FileInfo,
  }),
  'files.openWrite': method({
    ...write,
    errors: ['conflict', 'rate_limited'],
    args: Where,
    result: z.uuid(),
  }),
  'files.writePart': method({
    ...write,
    errors: ['not_found', 'quota_exceeded'],
    args: Stream.extend({ content: Base64 }),
    result: z.null(),
  }),
  'files.closeWrite': method({ ...write, errors: ['not_found'], args: Stream, result: FileInfo }),
  'files.dropWrite': method({ ...write, errors: [], args: Stream, result: z.null() }),
  'files.list': method({
    ...read,
    errors: ['not_found'],
    args: Where.extend({ recursive: z.boolean().optional() }),
    result: z.array(FileInfo),
  }),
  'files.delete': method({ ...write, errors: ['not_found', 'conflict'], args: Where, result: z.null() }),
  'files.exists': method({ ...read, errors: [], args: Where, result: z.boolean() }),
  'files.stat': method({ ...read, errors: ['not_found'], args: Where, result: FileInfo }),
  'files.search': method({
    ...read,
    errors: [],
    args: Where.extend({
      query: z.string().min(1).max(200),
      limit: z.int().min(1).max(500).optional(),
    }),
    result: z.object({
      items: z.array(z.object({ path: z.string(), line: z.int(), column: z.int(), context: z.string() })),
      truncated: z.boolean(),
    }),
  }),
  /** An address to write to asks for `file:write` as well. */
  'files.signedUrl': method({
    ...read,
    effect: 'write',
    errors: ['not_found'],
    args: Where.extend({
      method: z.enum(['GET', 'PUT']),
      expiresInSeconds: z.int().min(1).max(limits.signedUrlSecondsMax),
      inline: z.boolean(),
    }),
    result: z.object({ url: z.string(), expires_at: z.iso.datetime() }),
  }),
}
