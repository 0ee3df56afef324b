import type { Json } from '@bifrost/contract'
import { requirePermission } from '../../platform/scope.ts'
import { requireWithoutSecret, type SdkModule, withoutSecrets } from '../../tenancy/sdk-method.ts'
import type { Events } from './events.ts'

/** `events.*` as user code calls it. */
export const eventSdk = (events: Events): SdkModule<'events'> => ({
  // It answers when the event is on disk: a run that waited for other runs here could keep them from a place to run.
  'events.emit': async (scope, event, run) => {
    requirePermission(scope, 'workflow:run')
    // What the log shows is what the run may write anywhere: without its secrets.
    for (const name of [event.name, event.id, event.key])
      await requireWithoutSecret('The name, id or key of the event', name, run)
    const payload = await withoutSecrets(event.payload as Json, run)
    return events.emit(scope, {
      ...event,
      payload,
      ...(run.executionId === null ? {} : { executionId: run.executionId }),
    })
  },
})
