import { NotJsonError } from '../json.ts'

/** Rows of a data provider as options: `{id, name}` is mapped, a row without label or value is refused by its place. */
export function providerOptions(rows: unknown): unknown[] {
  if (!Array.isArray(rows)) throw new NotJsonError('A data provider must return a list of { label, value }.')
  return rows.map((row: unknown, index) => {
    if (typeof row !== 'object' || row === null)
      throw new NotJsonError(`Row ${index} of the data provider is not an object with label and value.`)
    const { id, name, label = name, value = id, ...rest } = row as Record<string, unknown>
    for (const [member, content] of Object.entries({ label, value }))
      if (content === undefined || content === null || content === '')
        throw new NotJsonError(`Row ${index} of the data provider has no ${member}.`)
    return { label: String(label), value, ...rest }
  })
}
