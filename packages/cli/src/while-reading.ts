import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from './terminal.ts'

const EVERY_MS = 500
const LONGEST_MS = 120_000

/**
 * `fetch` that asks again while the server says that it is still reading workflow files, which it does right after its
 * start and after large saves. Such an answer means that nothing was started.
 */
export const whileReading: typeof fetch = async (input, init) => {
  const giveUpMs = performance.now() + LONGEST_MS
  for (let asked = 1; ; asked++) {
    const response = await fetch(input, init)
    if (!(await isReading(response)) || performance.now() > giveUpMs) return response
    if (asked === 1) tell('The server is still reading the files; waiting for it.')
    await sleep(EVERY_MS, undefined, init?.signal ? { signal: init.signal } : {})
  }
}

async function isReading(response: Response): Promise<boolean> {
  if (response.status !== 503) return false
  try {
    const { error } = (await response.clone().json()) as { error?: { details?: { still_reading?: unknown } } }
    return error?.details?.still_reading === true
  } catch {
    return false
  }
}
