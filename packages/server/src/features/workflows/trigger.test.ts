import { expect, test } from 'vitest'
import { triggerOf } from './trigger.ts'

test.each([
  [{ authorization: 'Bearer key' }, 'api'],
  [{ cookie: 'bifrost_session=1' }, 'form'],
  [{ authorization: 'Bearer key', 'bifrost-client': 'cli' }, 'cli'],
  [{ authorization: 'Bearer key', 'bifrost-client': 'schedule' }, 'api'],
])('a request with %j has the trigger %s', (headers, trigger) => {
  expect(triggerOf(headers)).toBe(trigger)
})
