import type { Readable } from 'node:stream'
import { AppError, limits, type TableFileFormat, type TableImport, type Where } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { type Database, isDeadlock } from '../../platform/database.ts'
import { FairGate } from '../../platform/fair-gate.ts'
import { type OrgScope, shareHolderOf } from '../../platform/scope.ts'
import { stillStands } from '../../tenancy/standing.ts'
import { findOwnTable, queryRows, type Rows } from '../rows/rows.ts'
import { columnsOf, csvWriter, jsonWriter } from './export-rows.ts'
import { type ImportOptions, importRefused, TableImporter } from './import-rows.ts'

/** Each holds a connection for as long as the file takes to arrive. */
const importGate = () =>
  new FairGate({
    placesMax: limits.tableImportsMax,
    perKeyMax: limits.tableImportsPerOrganizationMax,
    perKeyShare: 1,
    reservedPlaces: 1,
    waitingPerKeyMax: 0,
    waitMs: 0,
    refusal: 'Other files are being imported',
  })

export type Transfers = ReturnType<typeof createTransfers>

/** Files of rows, in and out, a part at a time. */
export function createTransfers(db: Database, { quota, guarded, reading }: Rows) {
  const importing = importGate()

  const importNow = (scope: OrgScope, ref: string, body: Readable, options: ImportOptions) =>
    db.heavy(scope).transaction(async (query): Promise<TableImport> => {
      const table = await findOwnTable(query, scope, ref)
      if (options.key && options.mode === 'insert')
        throw new AppError('bad_request', 'A key names the rows to replace. Use it with the mode upsert.')
      const importer = new TableImporter(query, scope, table, options, (rows) =>
        quota.add(scope, table.name, rows, query),
      )
      await importer.read(body)
      const { result } = importer
      if (options.dryRun) return result
      if (result.problems.length > 0) throw importRefused(result.problems)
      // The file may have come for minutes.
      if (!(await stillStands(db, scope)))
        throw new AppError('forbidden', 'Your permissions changed during the upload. Nothing was imported.')
      await audit(query, scope, {
        action: 'table.import',
        target: { type: 'table', id: table.id, name: table.name },
        after: { rows: result.rows, inserted: result.inserted, updated: result.updated },
      })
      return result
    }, limits.statementTimeMs)

  return {
    async importFile(
      scope: OrgScope,
      ref: string,
      body: Readable,
      options: ImportOptions,
    ): Promise<TableImport> {
      try {
        return await importing.use(shareHolderOf(scope), () =>
          guarded(scope, () =>
            importNow(scope, ref, body, options).catch((error: unknown) => {
              if (body.readableAborted)
                throw new AppError('bad_request', 'The file ended early. Nothing was imported.')
              // The file has been read: there is no second try.
              if (isDeadlock(error))
                throw new AppError(
                  'conflict',
                  'Another request wrote to the same rows. Nothing was imported.',
                )
              throw error
            }),
          ),
        )
      } finally {
        // What is left of a refused file is read, so that the answer arrives.
        body.unpipe()
        body.resume()
      }
    },

    async exportFile(
      scope: OrgScope,
      ref: string,
      format: TableFileFormat,
      where: Where,
    ): Promise<AsyncIterable<string>> {
      const writer = await reading(scope, ref, async (query, table) => {
        await audit(query, scope, {
          action: 'table.export',
          target: { type: 'table', id: table.id, name: table.name },
          after: { format },
        })
        return format === 'csv' ? csvWriter(await columnsOf(query, scope, table, where)) : jsonWriter
      })
      async function* text(): AsyncGenerator<string> {
        yield writer.begin
        let cursor: string | undefined
        for (let isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
          // A long one ends when the person who asked for it may not any more.
          if (!(await stillStands(db, scope)))
            throw new AppError('forbidden', 'Your permissions changed. The export has ended.')
          const page = await reading(scope, ref, (query, table) =>
            queryRows(query, scope, table, {
              where,
              limit: limits.tableQueryRowsMax,
              ...(cursor === undefined ? {} : { cursor }),
            }),
          )
          if (page.items.length > 0) yield writer.rows(page.items, isFirst)
          cursor = page.next_cursor ?? undefined
        }
        yield writer.end
      }
      return text()
    },
  }
}
