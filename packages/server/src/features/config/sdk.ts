import type { Json } from '@bifrost/contract'
import {
  requireRunForSecret,
  requireWithoutSecret,
  type SdkModule,
  withoutSecrets,
} from '../../tenancy/sdk-method.ts'
import { requireSecretReader } from '../../tenancy/secret-readers.ts'
import type { ConfigStore } from './config.ts'

/** `config.*` as user code calls it. A secret that a run reads is known to its redactor from then on. */
export const configSdk = (config: ConfigStore): SdkModule<'config'> => ({
  'config.get': async (scope, { key }, run) => {
    const { found, value, isSecret } = await config.get(scope, key, (secret) => {
      requireRunForSecret(run)
      requireSecretReader(scope, run, `The secret "${key}"`, secret)
    })
    if (isSecret) run.addSecret(value)
    return { found, value }
  },
  'config.set': async (scope, { key, value, isSecret }, run) => {
    await requireWithoutSecret('The key of the value', key, run)
    if (isSecret) run.addSecret(value)
    const entry = await config.set(scope, key, {
      value: value as Json,
      isSecret,
      // A plain value is read by others, so without the secrets of this run.
      asPlain: (plain) => withoutSecrets(plain, run),
    })
    if (entry.is_secret) run.addSecret(value)
    return null
  },
  'config.list': async (scope) =>
    (await config.inForce(scope)).map(({ key, value, is_secret, source }) => ({
      key,
      value,
      isSecret: is_secret,
      source: source.organization?.name ?? null,
    })),
  'config.delete': (scope, { key }) => config.delete(scope, key),
})
