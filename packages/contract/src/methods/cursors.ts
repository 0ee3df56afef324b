import { z } from 'zod'
import { Json } from '../parameters.ts'
import { method } from './method.ts'

const Name = z.object({ name: z.string().min(1).max(200) })
const shared = { permission: null, where: 'run', label: 'cursor' } as const

/** `cursor(name)`: how far an incremental source was read, a JSON value per organization, workflow and name. */
export const cursorMethods = {
  'cursors.get': method({
    ...shared,
    effect: 'read',
    errors: [],
    args: Name,
    result: z.object({ found: z.boolean(), value: Json }),
  }),
  'cursors.set': method({
    ...shared,
    effect: 'write',
    errors: ['quota_exceeded'],
    args: Name.extend({ value: z.json() }),
    result: z.null(),
  }),
  'cursors.clear': method({ ...shared, effect: 'write', errors: [], args: Name, result: z.null() }),
}
