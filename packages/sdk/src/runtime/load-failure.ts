import type { RunFailure } from '@bifrost/contract'
import { failureOf } from '../failure.ts'

/** A frame of the author's own code, as stacks show it: `at name (lib/prices.ts:3:9)`. */
const FRAME = /^\s+at (?:.*\()?(?!node:|node_modules\/|<)([^\s():]+\.[cm]?[jt]sx?):(\d+):\d+\)?$/

/** Why code could not be loaded. What it threw itself, while it was loaded, is told with its place. */
export function loadFailureOf(thrown: unknown): RunFailure {
  const failure = failureOf(thrown, 'load_failed')
  const [, file, line] =
    failure.stack
      .split('\n')
      .map((one) => FRAME.exec(one))
      .find(Boolean) ?? []
  const isError = failure.stack !== ''
  // Without a place it is the loader that says what it misses, unless something else than an error was thrown.
  if (file === undefined && isError) return failure
  const place = file === undefined ? '' : ` in ${file}, line ${line}`
  const message = `The code failed at module level${place}, outside of any function, so that none of the workflows that need it can run: ${failure.message}`
  return { ...failure, message: message.slice(0, 10_000) }
}
