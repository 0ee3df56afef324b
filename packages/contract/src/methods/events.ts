import { z } from 'zod'
import { limits } from '../limits.ts'
import { EmitAnswer, EventName } from '../routes/events.ts'
import { method } from './method.ts'

const Text = z.string().min(1).max(limits.eventIdLengthMax)

/** `events.*`. The answer comes when the event is on disk. */
export const eventMethods = {
  'events.emit': method({
    permission: 'event:emit',
    effect: 'write',
    where: 'anywhere',
    errors: ['quota_exceeded'],
    args: z.strictObject({
      name: EventName,
      payload: z.json(),
      id: Text.optional(),
      key: Text.optional(),
    }),
    result: EmitAnswer,
  }),
}
