import { z } from 'zod'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { Nothing } from './common.ts'

const tag = 'Config'
const Key = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w.\-/]+$/, 'may have letters, digits and . _ - /')

/** A configuration value. Secrets are write-only: their value is never answered. */
export const ConfigEntry = z.object({
  key: z.string(),
  value: Json,
  is_secret: z.boolean(),
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
    response: z.object({ items: z.array(ConfigEntry) }),
  }),
  setConfig: route({
    method: 'PUT',
    path: '/api/config/{key}',
    permission: 'config:write',
    tag,
    summary: 'Set a value; with is_secret it is stored encrypted and never answered again',
    description: 'Without `value`, a secret keeps the one it has.',
    params: z.object({ key: Key }),
    body: z.strictObject({ value: Json.optional(), is_secret: z.boolean().optional() }),
    response: ConfigEntry,
  }),
  deleteConfig: route({
    method: 'DELETE',
    path: '/api/config/{key}',
    permission: 'config:write',
    tag,
    summary: 'Delete a value',
    params: z.object({ key: Key }),
    status: 204,
    response: Nothing,
  }),
} as const
