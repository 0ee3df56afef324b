import { EventName, type Json, limits } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import { demand } from '../../platform/scope.ts'
import type { Events } from './events.ts'

const Text = z.string().min(1).max(limits.eventIdLengthMax)
const Event = z.strictObject({
  name: EventName,
  payload: z.json(),
  id: Text.optional(),
  key: Text.optional(),
})

/** `events.*` as user code calls it. */
export const eventSdk = (events: Events): Record<string, SdkMethod> => ({
  // It answers when the event is on disk: a run that waited for other runs here could keep them from a place to run.
  'events.emit': (scope, args, run) => {
    demand(scope, 'workflow:run')
    const event = parseArguments('events', Event, args)
    // What the log shows is what the run may write anywhere: without its secrets.
    const payload = JSON.parse(run.redact(JSON.stringify(event.payload))) as Json
    return events.emit(scope, {
      ...event,
      payload,
      ...(run.executionId === null ? {} : { executionId: run.executionId }),
    })
  },
})
