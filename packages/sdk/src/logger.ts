import { format } from 'node:util'
import type { LogLevel } from '@bifrost/contract'
import { callerRun } from './current-run.ts'

function write(level: LogLevel, values: unknown[]): void {
  const run = callerRun()
  const message = format(...values)
  if (run) run.log(level, message)
  else process.stderr.write(`${level}: ${message}\n`)
}

/**
 * Writes to the run's log: live on its page, stored with it. `debug` is seen by developers and admins; the others by
 * everyone who runs the workflow. Values are formatted as `console.log` does. `console.*` writes to the same log.
 * At most 10,000 lines per run and 16 KB per line are kept; outside a run lines go to stderr.
 * @example logger.info('Processing %d devices', devices.length)
 */
export const logger = {
  debug: (...values: unknown[]): void => write('debug', values),
  info: (...values: unknown[]): void => write('info', values),
  warning: (...values: unknown[]): void => write('warning', values),
  error: (...values: unknown[]): void => write('error', values),
} as const
