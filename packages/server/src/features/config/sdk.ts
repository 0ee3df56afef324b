import { ConfigKey, type Json } from '@bifrost/contract'
import { z } from 'zod'
import {
  demandRunForSecret,
  parseArguments,
  type SdkMethod,
  withoutSecrets,
} from '../../engine/sdk-method.ts'
import type { ConfigStore } from './config.ts'

const Key = z.object({ key: ConfigKey })
const Entry = Key.extend({ value: z.json(), isSecret: z.boolean() })

/** `config.*` as user code calls it. A secret that a run reads is known to its redactor from then on. */
export const configSdk = (config: ConfigStore): Record<string, SdkMethod> => ({
  'config.get': async (scope, args, run) => {
    const { key } = parseArguments('config', Key, args)
    const { found, value, isSecret } = await config.get(scope, key)
    if (isSecret) {
      demandRunForSecret(run)
      run.addSecret(value)
    }
    return { found, value }
  },
  'config.set': async (scope, args, run) => {
    const { key, value, isSecret } = parseArguments('config', Entry, args)
    if (isSecret) run.addSecret(value)
    // A plain value is read by others, so without the secrets of this run.
    await config.set(scope, key, {
      value: isSecret ? (value as Json) : withoutSecrets(value as Json, run),
      isSecret,
    })
    return null
  },
  'config.list': async (scope) =>
    (await config.inForce(scope)).map(({ key, value, is_secret, source }) => ({
      key,
      value,
      isSecret: is_secret,
      source: source.organization?.name ?? null,
    })),
  'config.delete': (scope, args) => config.delete(scope, parseArguments('config', Key, args).key),
})
