import { expect } from 'vitest'

/** Every one of the calls is refused with this status; a call that goes through is named by its place. */
export async function refused(status: number, calls: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(calls)
  const statuses = outcomes.map((outcome) =>
    outcome.status === 'rejected'
      ? ((outcome.reason as { status?: number }).status ?? outcome.reason)
      : 'allowed',
  )
  expect(statuses).toEqual(calls.map(() => status))
}
