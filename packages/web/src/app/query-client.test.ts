import { ApiError } from '@bifrost/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  vi.useFakeTimers()
  // The page's address names the organization that the app acts for.
  vi.stubGlobal('window', { location: { pathname: '/', search: '', origin: 'http://app.test' } })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function ask(errors: ApiError[]) {
  const { createQueryClient } = await import('./query-client.ts')
  const client = createQueryClient(() => {})
  let asked = 0
  const answer = client.fetchQuery({
    queryKey: ['workflow', errors.length],
    // Queries of pages take the client's own rule; fetchQuery alone would not try again.
    retry: client.getDefaultOptions().queries?.retry ?? false,
    queryFn: () => {
      const error = errors[asked++]
      if (error) throw error
      return 'found'
    },
  })
  const outcome = answer.catch((error: Error) => error.message)
  await vi.advanceTimersByTimeAsync(10 * 60_000)
  return { asked, outcome: await outcome }
}

const refused = (details: unknown) => new ApiError(503, 'unavailable', 'not yet', details, null)

test('a page waits for files that the server still reads, and gives up on other errors after three tries', async () => {
  expect(await ask(Array(20).fill(refused({ still_reading: true })))).toEqual({ asked: 21, outcome: 'found' })
  expect(await ask(Array(21).fill(refused(null)))).toEqual({ asked: 3, outcome: 'not yet' })
})
