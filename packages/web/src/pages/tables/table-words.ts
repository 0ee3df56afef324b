/** How many rows there are, as people read it. */
export function rowCount(rows: number, isEstimate: boolean): string {
  if (!isEstimate) return rows.toLocaleString()
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, rows))) - 1)
  return `about ${(Math.round(rows / digits) * digits).toLocaleString()}`
}

export const columnTypes = [
  { value: 'text', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'Yes or no' },
  { value: 'date', label: 'Date' },
  { value: 'json', label: 'JSON' },
] as const
