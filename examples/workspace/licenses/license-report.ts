import { type FileRef, files, type Int, logger, UserError, workflow } from 'bifrost'
import { readCsv } from '../_lib/csv.ts'
import sample from './data/assignments-sample.csv'
import prices from './data/prices.csv'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Finds licenses that are not used and says what they cost. The price list is a CSV file beside this one, imported as
 * text; the assignments are an upload, or a sample when there is none.
 * @param assignments CSV with the columns user, product, last_used. Without it a sample is used.
 * @param idleDays A license counts as unused after so many days.
 * @param asOf The day to reckon from; today when absent.
 */
export const licenseReport = workflow(
  { category: 'Licenses', executionMode: 'sync', timeSaved: 60, value: 50 },
  async (assignments?: FileRef, idleDays: Int = 90, asOf?: Date) => {
    const text = assignments ? await files.read(assignments) : sample
    const rows = readCsv(text, ['user', 'product', 'last_used'], assignments?.name ?? 'The sample')
    const priceOf = new Map(
      readCsv(prices, ['product', 'price_per_month'], 'prices.csv').map((row) => [
        row.product,
        Number(row.price_per_month),
      ]),
    )
    const today = asOf ?? new Date()
    const unused = rows
      .filter((row) => !row.last_used || today.getTime() - Date.parse(row.last_used) > idleDays * DAY_MS)
      .map(({ user, product, last_used }) => {
        const price = priceOf.get(product)
        if (price === undefined)
          throw new UserError(`The price list has no ${product}; add it to data/prices.csv.`)
        return { user, product, lastUsed: last_used || 'never', pricePerMonth: price }
      })
    const savedPerMonth = Number(unused.reduce((sum, row) => sum + row.pricePerMonth, 0).toFixed(2))
    logger.info('%d of %d licenses are unused', unused.length, rows.length)
    return { licenses: rows.length, unused, savedPerMonth }
  },
)
