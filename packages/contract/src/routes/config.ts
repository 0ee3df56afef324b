import { z } from 'zod'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { ListScope, Nothing } from './common.ts'

const tag = 'Config'
/** The name of a configuration value. */
export const ConfigKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w.\-/]+$/, 'may have letters, digits and . _ - /')

/** Who gives a value: everybody's are global, the others are of an organization. */
export const ConfigOwner = z.object({
  /** `own`: of the organization that asks; `parent`: of one above it; `other`: of one that an administrator looks at. */
  kind: z.enum(['own', 'parent', 'global', 'other']),
  /** Null for a global value. */
  organization: z.object({ id: z.uuid(), name: z.string() }).nullable(),
})
export type ConfigOwner = z.infer<typeof ConfigOwner>

/** A configuration value. Secrets are write-only: their value is never answered. */
export const ConfigEntry = z.object({
  key: z.string(),
  /** Null for a secret. */
  value: Json,
  is_secret: z.boolean(),
  /** Of a secret: code of the organizations below its owner may read it, too. */
  lend_below: z.boolean(),
  source: ConfigOwner,
  /** The values of the same key that this one hides, the nearest first. */
  overrides: z.array(ConfigOwner.extend({ value: Json, is_secret: z.boolean() })),
  /** Grows with each change. */
  version: z.int(),
  updated_at: z.iso.datetime(),
})
export type ConfigEntry = z.infer<typeof ConfigEntry>

export const configRoutes = {
  listConfig: route({
    method: 'GET',
    path: '/api/config',
    permission: 'config:read',
    tag,
    summary: 'List configuration; secrets without their value',
    description:
      'The values that are in effect: those of the organization, of the organizations above it, and the global ones. Each says where it comes from and which value it overrides. A platform administrator gets the values of all organizations, or those of `scope` alone.',
    query: z.strictObject({ scope: ListScope }),
    response: z.object({ items: z.array(ConfigEntry) }),
  }),
  setConfig: route({
    method: 'PUT',
    path: '/api/config/{key}',
    permission: 'config:write',
    tag,
    summary: 'Set a value; with is_secret it is stored encrypted and never answered again',
    description:
      'Without `value`, or with an empty one, a secret keeps the one it has. With `version`, it is set only when it was not changed since (409); 0: only when there is none. A secret is read by code of its owner alone; with `lend_below`, by code of the organizations below, too, whose developers can then see it. An inherited value is not changed: this organization gets its own.',
    params: z.object({ key: ConfigKey }),
    body: z.strictObject({
      value: Json.optional(),
      is_secret: z.boolean().optional(),
      lend_below: z.boolean().optional(),
      version: z.int().min(0).optional(),
    }),
    response: ConfigEntry,
  }),
  deleteConfig: route({
    method: 'DELETE',
    path: '/api/config/{key}',
    permission: 'config:write',
    tag,
    summary: 'Delete a value; an inherited one takes effect again',
    params: z.object({ key: ConfigKey }),
    status: 204,
    response: Nothing,
  }),
} as const
