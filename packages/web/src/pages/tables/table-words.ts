import { formatNumber } from '../../format.ts'
/** How many rows there are, as people read it. */
export function rowCount(rows: number, isEstimate: boolean): string {
  if (!isEstimate) return formatNumber(rows)
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, rows))) - 1)
  return `about ${formatNumber(Math.round(rows / digits) * digits)}`
}

export const columnTypes = [
  { value: 'text', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'Yes or no' },
  { value: 'date', label: 'Date' },
  { value: 'json', label: 'JSON' },
] as const
