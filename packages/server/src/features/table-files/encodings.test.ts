import { Readable } from 'node:stream'
import type { TableFileEncoding } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { csvRows } from './import-file.ts'

async function cells(text: Buffer, encoding: TableFileEncoding, chunkLength = text.length) {
  const chunks = Array.from({ length: Math.ceil(text.length / chunkLength) }, (_, index) =>
    text.subarray(index * chunkLength, (index + 1) * chunkLength),
  )
  const rows: string[][] = []
  for await (const row of csvRows(Readable.from(chunks), ',', encoding)) rows.push(row.cells)
  return rows
}

const TABLE = 'name,city\nJosé,Köln\n'

test.each([
  ['utf-8', Buffer.from(TABLE)],
  ['utf-8', Buffer.from(`\ufeff${TABLE}`)],
  ['windows-1252', Buffer.from(TABLE, 'latin1')],
  ['utf-16le', Buffer.from(`\ufeff${TABLE}`, 'utf16le')],
] as const)('a file in %s is read, wherever its parts are cut', async (encoding, text) => {
  for (const chunkLength of [1, 3, text.length])
    expect(await cells(text, encoding, chunkLength)).toEqual([
      ['name', 'city'],
      ['José', 'Köln'],
    ])
})

test('a file that is not in its encoding is refused with the line, and with what to do', async () => {
  const text = Buffer.concat([Buffer.from('name\nAda\nÅsa\n'), Buffer.from('José\n', 'latin1')])
  await expect(cells(text, 'utf-8')).rejects.toThrow(
    /^Line 4 is not text in UTF-8: .*another encoding, such as windows-1252/,
  )
})
