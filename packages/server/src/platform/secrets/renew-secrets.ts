import type { Query } from '../database.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'
import { type Sealer, UnreadableSecretError } from './sealer.ts'

export interface Renewal {
  /** Secrets that are under the key in force now, and were not before. */
  renewed: number
  /** Those that were already. */
  kept: number
  /** Those that open with neither key, by table. */
  unreadable: Record<string, number>
}

const AT_ONCE = 200

// Before there were data keys, only values of Config were encrypted; how they are bound is known here for that.
const BINDINGS: Readonly<Record<string, string>> = {
  'config_entries.ciphertext': `coalesce(org_id::text, 'global') || '/' || key`,
}

/**
 * Brings every secret of the database under the key in force. It may be broken off and begun again at any time, and the
 * platform may run meanwhile: a row that is changed in between is left as it is.
 */
export async function renewSecrets(
  query: Query,
  sealer: Sealer,
  options: { newDataKeys: boolean },
): Promise<Renewal> {
  const renewal: Renewal = { renewed: 0, kept: 0, unreadable: {} }
  for (const column of await sealedColumns(query)) await renewColumn(query, sealer, column, options, renewal)
  return renewal
}

async function renewColumn(
  query: Query,
  sealer: Sealer,
  { table, column }: SealedColumn,
  { newDataKeys }: { newDataKeys: boolean },
  renewal: Renewal,
): Promise<void> {
  const name = `${table}.${column}`
  // What is renewed moves to the end of the table, so the end is taken first.
  const [end] = await query<{ last: string | null }>(
    `select max(ctid)::text as last from ${table} where ${column} is not null`,
  )
  let after = '(0,0)'
  for (let rows: { place: string }[] = [{ place: after }]; end?.last && rows.length > 0; ) {
    const found = await query<{ place: string; sealed: Buffer; binding: string | null }>(
      `select ctid::text as place, ${column} as sealed, ${BINDINGS[name] ?? 'null::text'} as binding from ${table}
       where ${column} is not null and ctid > $1::tid and ctid <= $2::tid order by ctid limit ${AT_ONCE}`,
      [after, end.last],
    )
    rows = found
    for (const { place, sealed, binding } of found) {
      after = place
      try {
        const again = sealer.renew(sealed, { binding, newDataKey: newDataKeys })
        if (!again) {
          renewal.kept++
          continue
        }
        await query(`update ${table} set ${column} = $3 where ctid = $1::tid and ${column} = $2`, [
          place,
          sealed,
          again,
        ])
        renewal.renewed++
      } catch (error) {
        if (!(error instanceof UnreadableSecretError)) throw error
        renewal.unreadable[name] = (renewal.unreadable[name] ?? 0) + 1
      }
    }
  }
}
