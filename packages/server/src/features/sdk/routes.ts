import { routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { callSdkMethod, type SdkMethods } from '../../tenancy/sdk-method.ts'

/** No log or result of a run is written, so there is nothing to keep secrets out of. */
const NO_RUN = {
  executionId: null,
  codePath: null,
  isInline: false,
  addSecret: () => {},
  redact: (json: string) => json,
}

/** The SDK for programs outside: the same methods that runs call, as the owner of the key. */
export const sdkRoutes = (db: Database, methods: Partial<SdkMethods>): Implementation[] => [
  implement(routes.callSdk, async (scope, { params, body }) => {
    const { value } = await callSdkMethod(db.query, methods, { scope, run: NO_RUN }, params.method, body.args)
    return { value: value as never }
  }),
]
