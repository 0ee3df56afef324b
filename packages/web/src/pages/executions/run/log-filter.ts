import type { LogLevel, LogLine } from '@bifrost/contract'

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error']

/** The lines of the chosen levels that have the text. */
export function filterLines(
  lines: readonly LogLine[],
  hidden: ReadonlySet<LogLevel>,
  text: string,
): readonly LogLine[] {
  const wanted = text.trim().toLowerCase()
  if (hidden.size === 0 && wanted === '') return lines
  return lines.filter(
    ({ level, message }) => !hidden.has(level) && (wanted === '' || message.toLowerCase().includes(wanted)),
  )
}

export function countLevels(lines: readonly LogLine[]): Record<LogLevel, number> {
  const counts: Record<LogLevel, number> = { debug: 0, info: 0, warning: 0, error: 0 }
  for (const { level } of lines) counts[level]++
  return counts
}

/** Lines as text, for the clipboard and the download. */
export const linesToText = (lines: readonly LogLine[]): string =>
  lines.map(({ timestamp, level, message }) => `${timestamp} ${level.padEnd(7)} ${message}`).join('\n')
