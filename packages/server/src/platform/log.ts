import { styleText } from 'node:util'
import pino, { type BaseLogger, type Logger } from 'pino'

/** The part of a pino logger that the platform writes to. */
export type Log = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

/** For programs without a log, such as a test's database. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** The server's log: lines for people, who sit at a terminal unless set otherwise; JSON for whatever collects logs. */
export function createLog(
  level: string,
  stream: NodeJS.WriteStream = process.stdout,
  forPeople: boolean = stream.isTTY === true,
): Logger {
  if (!forPeople) return pino({ level }, stream)
  return pino({ level }, { write: (line: string) => void stream.write(`${readable(line, stream)}\n`) })
}

const levels: Record<number, { name: string; style: 'gray' | 'cyan' | 'yellow' | 'red' }> = {
  10: { name: 'trace', style: 'gray' },
  20: { name: 'debug', style: 'gray' },
  30: { name: 'info', style: 'cyan' },
  40: { name: 'warn', style: 'yellow' },
  50: { name: 'error', style: 'red' },
  60: { name: 'fatal', style: 'red' },
}

interface Entry {
  level: number
  time: number
  msg?: string
  err?: { stack?: string; message?: string }
  [key: string]: unknown
}

function readable(line: string, stream: NodeJS.WriteStream): string {
  const { level, time, msg, err, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(line) as Entry
  const { name, style } = levels[level] ?? { name: String(level), style: 'gray' as const }
  const clock = new Date(time).toTimeString().slice(0, 8)
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
  const head = `${styleText('gray', clock, { stream })} ${styleText(style, name.padEnd(5), { stream })}`
  const stack = err ? `\n${err.stack ?? err.message ?? ''}` : ''
  return `${head} ${msg ?? ''}${details.join('')}${stack}`
}
