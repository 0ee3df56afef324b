import { type Permission, routes } from '@bifrost/contract'
import { callSdkMethod, type SdkMethod } from '../../engine/sdk-method.ts'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { demand, type OrgScope } from '../../platform/scope.ts'

/** Nobody's log or result is written, so there is nothing to keep secrets out of. */
const NO_RUN = { executionId: null, codePath: null, addSecret: () => {}, redact: (json: string) => json }

/** What a key that was made for something has to be made for. In runs, the code of the workflow decides. */
const FOR_LIMITED_KEYS: readonly [RegExp, Permission][] = [
  [/^config\.(set|delete)$/, 'config:write'],
  [/^config\./, 'config:read'],
  [/^files\.(write|writePart|openWrite|closeWrite|dropWrite|delete)$/, 'file:write'],
  [/^files\./, 'file:read'],
  [/^integrations\./, 'integration:read'],
  [/^events\./, 'event:emit'],
  [/^workflows\.(list|get)$/, 'workflow:read'],
  [/^workflows\.(run|startMany)$/, 'workflow:run'],
]

function demandOfKey(scope: OrgScope, method: string): void {
  if (scope.limitedTo === null) return
  const permission = FOR_LIMITED_KEYS.find(([of]) => of.test(method))?.[1]
  // What the role lacks its code may have: of the two, the key alone counts here.
  if (permission && !scope.limitedTo.includes(permission)) demand(scope, permission)
}

/** The SDK for programs outside: the same methods that runs call, as the owner of the key. */
export const sdkRoutes = (db: Database, methods: Readonly<Record<string, SdkMethod>>): Implementation[] => [
  implement(routes.callSdk, async (scope, { params, body }) => {
    demandOfKey(scope, params.method)
    const { value } = await callSdkMethod(db.query, methods, { scope, run: NO_RUN }, params.method, body.args)
    return { value: value as never }
  }),
]
