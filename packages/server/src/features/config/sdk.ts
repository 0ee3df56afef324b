import type { Json } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { ConfigStore } from './config.ts'

const Key = z.object({ key: z.string().min(1).max(200) })
const Entry = Key.extend({ value: z.json(), isSecret: z.boolean() })

/** `config.*` as user code calls it. A secret that a run reads is known to its redactor from then on. */
export const configSdk = (config: ConfigStore): Record<string, SdkMethod> => ({
  'config.get': async (scope, args, run) => {
    const { found, value, isSecret } = await config.get(scope, parseArguments('config', Key, args).key)
    if (isSecret) run.addSecret(value)
    return { found, value }
  },
  'config.set': async (scope, args, run) => {
    const { key, value, isSecret } = parseArguments('config', Entry, args)
    if (isSecret) run.addSecret(value)
    await config.set(scope, key, value as Json, isSecret)
    return null
  },
  'config.list': async (scope) =>
    (await config.list(scope)).map(({ key, value, is_secret }) => ({ key, value, isSecret: is_secret })),
  'config.delete': (scope, args) => config.delete(scope, parseArguments('config', Key, args).key),
})
