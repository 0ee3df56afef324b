/** One line of a table: the same figure of every system that was asked for it. */
export interface Row {
  label: string
  unit: 'ms' | 's' | '/s' | 'MB' | '×'
  better: 'lower' | 'higher'
  /** By system; a text says why there is no figure. */
  cells: Record<string, number | string>
  goal?: number
  /** Beyond this it is a defect; `why` says where the figure comes from. */
  floor?: { value: number; why: string } | undefined
}

export type Verdict = 'goal' | 'short of goal' | 'DEFECT' | 'not measured' | ''

/** The p-th percentile (0 to 100) by nearest rank. */
export function percentile(values: Iterable<number>, p: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}

export const median = (values: Iterable<number>): number => percentile(values, 50)

const reaches = (row: Row, value: number, bar: number) =>
  row.better === 'lower' ? value <= bar : value >= bar

/** `goal`: reached. `short of goal`: not a defect. `DEFECT`: beyond the floor. Empty: nothing was promised. */
export function verdict(row: Row): Verdict {
  const value = row.cells['bifrost']
  if (row.goal === undefined && !row.floor) return ''
  if (typeof value !== 'number' || Number.isNaN(value)) return 'not measured'
  // A floor may come from a peer of the same run, so a figure can reach the goal and still be a defect.
  if (row.floor && !reaches(row, value, row.floor.value)) return 'DEFECT'
  return row.goal === undefined || reaches(row, value, row.goal) ? 'goal' : 'short of goal'
}

/** How many times better ours is than theirs: above 1 ours is ahead, whichever way "better" goes. */
export function ratio(row: Row, theirs: number): number {
  const ours = row.cells['bifrost']
  if (typeof ours !== 'number') return Number.NaN
  return row.better === 'lower' ? theirs / ours : ours / theirs
}

export function amount(value: number): string {
  if (Number.isNaN(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB')
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** The table as aligned text; a text cell becomes a footnote. */
export function tableText(title: string, rows: readonly Row[], notes: readonly string[]): string {
  const systems = [...new Set(rows.flatMap((row) => Object.keys(row.cells)))].filter(
    (name) => name !== 'bifrost',
  )
  const reasons: string[] = []
  const head = ['', 'bifrost', ...systems, 'goal', 'floor', '']
  const body = rows.map((row) => [
    `${row.label} (${row.unit})`,
    cellText(row, 'bifrost', reasons),
    ...systems.map((system) => cellText(row, system, reasons)),
    row.goal === undefined ? '' : `${row.better === 'lower' ? '≤' : '≥'} ${amount(row.goal)}`,
    row.floor ? `${amount(row.floor.value)} (${row.floor.why})` : '',
    verdict(row),
  ])
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((line) => (line[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  const footnotes = reasons.map((reason, index) => `[${index + 1}] ${reason}`)
  return [
    `\n${title}`,
    line(head),
    ...body.map(line),
    ...footnotes,
    ...notes.map((note) => `· ${note}`),
  ].join('\n')
}

function cellText(row: Row, system: string, reasons: string[]): string {
  const cell = row.cells[system]
  if (cell === undefined) return ''
  if (typeof cell === 'number') {
    const times = system === 'bifrost' ? Number.NaN : ratio(row, cell)
    return Number.isNaN(times) ? amount(cell) : `${amount(cell)} (${amount(times)}×)`
  }
  const known = reasons.indexOf(cell)
  return `[${known >= 0 ? known + 1 : reasons.push(cell)}]`
}
