import { format, inspect } from 'node:util'
import type { LogLevel } from '@bifrost/contract'

/** Longer text without a line end is written as a line, so that nothing grows without bound. */
const LINE_LENGTH_MAX = 16 * 1024

/** What a run is here: something that logs. */
interface Logging {
  console(level: LogLevel, values: unknown[]): void
  log(level: LogLevel, message: string): void
}

const LEVELS = [
  ['log', 'info'],
  ['info', 'info'],
  ['warn', 'warning'],
  ['error', 'error'],
  ['debug', 'debug'],
] as const

/**
 * Everything that code prints belongs to the log of its run: the functions of console, and text that libraries such as
 * pino and winston write to standard output, line by line.
 */
export function keepOutput(runOfCaller: () => Logging | undefined): void {
  for (const [method, level] of LEVELS)
    console[method] = (...values: unknown[]) => runOfCaller()?.console(level, values)
  console.trace = (...values: unknown[]) => {
    const { stack = '' } = new Error(format(...values))
    runOfCaller()?.console('debug', [stack.replace(/^Error/, 'Trace')])
  }
  console.dir = (value: unknown, options) => runOfCaller()?.console('info', [inspect(value, options)])
  console.dirxml = console.log
  console.assert = (condition?: unknown, ...values: unknown[]) => {
    const said = values.length > 0 ? `: ${format(...values)}` : ''
    if (!condition) runOfCaller()?.console('error', [`Assertion failed${said}`])
  }
  for (const method of ['group', 'groupCollapsed'] as const)
    console[method] = (...values: unknown[]) => {
      if (values.length > 0) runOfCaller()?.console('info', values)
    }
  console.groupEnd = () => {}
  keepStream(process.stdout, 'info', runOfCaller)
  keepStream(process.stderr, 'error', runOfCaller)
}

function keepStream(
  stream: NodeJS.WriteStream,
  level: LogLevel,
  runOfCaller: () => Logging | undefined,
): void {
  /** The begun line of each run. */
  const begun = new WeakMap<Logging, string>()
  const write = (chunk: Uint8Array | string, encoding?: unknown, done?: unknown): boolean => {
    const run = runOfCaller()
    const callback = typeof encoding === 'function' ? encoding : done
    if (run) {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      const lines = ((begun.get(run) ?? '') + text).split('\n')
      const rest = lines.pop() ?? ''
      if (rest.length > LINE_LENGTH_MAX) lines.push(rest)
      begun.set(run, rest.length > LINE_LENGTH_MAX ? '' : rest)
      for (const line of lines) run.log(level, line)
    }
    if (typeof callback === 'function') process.nextTick(callback as () => void)
    return true
  }
  stream.write = write as typeof stream.write
}
