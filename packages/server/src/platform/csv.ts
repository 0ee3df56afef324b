import { stringify } from 'csv-stringify/sync'

/** Lines of a CSV file. Cells are what anybody typed, and the spreadsheet that opens the file runs formulas. */
export const csvLines = (rows: readonly (readonly (string | number | null)[])[]): string =>
  stringify([...rows], { escape_formulas: true })
