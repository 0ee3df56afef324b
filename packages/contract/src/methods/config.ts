import { z } from 'zod'
import { Json } from '../parameters.ts'
import { ConfigKey } from '../routes/config.ts'
import { method } from './method.ts'

const Key = z.object({ key: ConfigKey })

/** `config.*`: values of the organization, of those above it, and of all. */
export const configMethods = {
  'config.get': method({
    permission: 'config:read',
    effect: 'read',
    where: 'anywhere',
    errors: [],
    args: Key,
    result: z.object({ found: z.boolean(), value: Json }),
  }),
  'config.set': method({
    permission: 'config:write',
    effect: 'write',
    where: 'anywhere',
    errors: ['quota_exceeded'],
    args: Key.extend({ value: z.json(), isSecret: z.boolean().optional() }),
    result: z.null(),
  }),
  'config.list': method({
    permission: 'config:read',
    effect: 'read',
    where: 'anywhere',
    errors: [],
    args: z.object({}),
    result: z.array(
      z.object({
        key: z.string(),
        /** Null for a secret: `config.get` reads it. */
        value: Json,
        isSecret: z.boolean(),
        /** The organization that it is from; null: of all. */
        source: z.string().nullable(),
      }),
    ),
  }),
  'config.delete': method({
    permission: 'config:write',
    effect: 'write',
    where: 'anywhere',
    errors: [],
    args: Key,
    result: z.boolean(),
  }),
}
