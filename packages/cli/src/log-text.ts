import type { LogLine } from '@bifrost/contract'
import { color, plain } from './terminal.ts'

const levelStyles = { debug: 'gray', info: 'cyan', warning: 'yellow', error: 'red' } as const

/** A line of a run's log for a terminal. */
export function logText(
  { timestamp, level, message }: LogLine,
  stream: NodeJS.WriteStream = process.stderr,
): string {
  const time = color(stream, 'gray', new Date(timestamp).toTimeString().slice(0, 8))
  return `${time} ${color(stream, levelStyles[level], level.padEnd(7))} ${plain(message)}`
}
