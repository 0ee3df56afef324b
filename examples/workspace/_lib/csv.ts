import { UserError } from 'bifrost'
import { parse } from 'csv-parse/sync'

/** Rows of a CSV text with a heading line, as objects. Says which columns are missing rather than failing later. */
export function readCsv<Column extends string>(
  text: string,
  columns: readonly Column[],
  name: string,
): Record<Column, string>[] {
  const rows = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true }) as Record<
    string,
    string
  >[]
  const [first] = rows
  if (!first) throw new UserError(`${name} has no rows.`)
  const missing = columns.filter((column) => !(column in first))
  if (missing.length > 0)
    throw new UserError(
      `${name} lacks the column ${missing.join(', ')}; it has ${Object.keys(first).join(', ')}.`,
    )
  return rows as Record<Column, string>[]
}

/** One line of CSV; cells with commas, quotes or line ends are quoted. */
export function csvLine(cells: readonly (string | number)[]): string {
  const cell = (value: string | number) => {
    const text = String(value)
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return `${cells.map(cell).join(',')}\n`
}

/** CSV text of rows. */
export const writeCsv = (
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => [columns, ...rows].map(csvLine).join('')
