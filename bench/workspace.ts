import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COLD_FILES, coldName } from './cold-run.ts'

/** A copy of bench/workspace with what is generated: the platform under test may write into it. */
export async function makeWorkspace(folder: string): Promise<string> {
  await cp(join(import.meta.dirname, 'workspace'), folder, { recursive: true })
  await mkdir(join(folder, 'cold'))
  for (let file = 0; file < COLD_FILES; file += 1)
    await writeFile(join(folder, 'cold', `${coldName(file)}.ts`), coldFile(coldName(file)))
  return folder
}

const coldFile = (name: string) => `import { logger, workflow } from 'bifrost'

/** Greets; no other workflow shares its file. */
export const ${name} = workflow({ category: 'Cold' }, async (name: string) => {
  logger.info(\`Hello \${name}\`)
  return { greeting: \`Hello \${name}, from ${name}\` }
})
`

/** A folder of so many files of 200 lines each, as a team's workspace has: types, functions, imports, workflows. */
export async function makeLargeWorkspace(folder: string, files: number): Promise<string[]> {
  const paths: string[] = []
  for (let file = 0; file < files; file += 1) {
    const area = `area${String(Math.floor(file / 50)).padStart(2, '0')}`
    await mkdir(join(folder, area), { recursive: true })
    const path = `${area}/${largeName(file)}.ts`
    await writeFile(join(folder, path), largeFile(file))
    paths.push(path)
  }
  return paths
}

const largeName = (file: number) => `process${String(file).padStart(4, '0')}`

/** 200 lines. Every file but the first of its area takes a type from the one before it. */
export function largeFile(file: number): string {
  const name = largeName(file)
  const head = [
    `import { logger, workflow } from 'bifrost'`,
    ...(file % 50 === 0 ? [] : [`import type { Order as Earlier } from './${largeName(file - 1)}.ts'`]),
    '',
    `export interface Order { id: number; customer: string; lines: Line[]; state: State${file % 50 === 0 ? '' : '; after?: Earlier["id"]'} }`,
    'export interface Line { article: string; amount: number; price: number; note?: string | null }',
    `export type State = 'open' | 'paid' | 'sent' | 'returned'`,
    '',
  ]
  const tail = [
    `/** Handles an order of kind ${file}. */`,
    `export const ${name} = workflow({ category: 'Area ${Math.floor(file / 50)}' }, async (order: Order, state: State = 'open', limit = ${file}) => {`,
    '  const total = order.lines.reduce((sum, line) => sum + line.amount * line.price, 0)',
    '  logger.info("Order " + order.id + " of " + order.customer + ": " + total)',
    '  return { total: step0(total), state, within: total <= limit }',
    '})',
  ]
  const body: string[] = []
  for (let step = 0; head.length + body.length + 5 + tail.length <= 200; step += 1)
    body.push(
      `export function step${step}(value: number): number {`,
      `  const factor = ${step} + value % ${file + 7}`,
      `  if (factor > ${step * 10}) return value`,
      '  return Math.round(value * factor)',
      '}',
    )
  while (head.length + body.length + tail.length < 200) body.push('')
  return `${[...head, ...body, ...tail].join('\n')}\n`
}
