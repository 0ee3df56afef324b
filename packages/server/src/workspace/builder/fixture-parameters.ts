import type { Parameter } from '@bifrost/contract'
import type { Executable } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

export const workspace = new FixtureWorkspace({
  'shared/types.ts': `
    export interface Address {
      /** Street and number. */
      street: string
      zip?: string
    }
    export enum Role { Admin = 'admin', InProgress = 'in-progress' }
    export type Page<T = string> = { items: T[]; next: string | null }
    export const LEVELS = ['low', 'mid', 'high'] as const
    export type Level = (typeof LEVELS)[number]
    export const DEFAULT_LIMIT = 30 * 60`,
  'node_modules/kit/package.json': '{"name": "kit", "types": "index.d.ts"}',
  'node_modules/kit/index.d.ts': 'export interface Ticket { id: number; title: string }',
})
export const analyzer = new Analyzer(workspace.dir)

const HEAD = `
  import { workflow, type Int, type FileRef, type ExecutionContext } from 'bifrost'
  import { Role, type Address, type Page, type Level, DEFAULT_LIMIT } from './shared/types.ts'
  import type { Ticket } from 'kit'\n`

/** The one definition of this source. */
export function analyze(declaration: string): Executable {
  const path = 'case.ts'
  workspace.write(path, HEAD + declaration)
  const [file] = analyzer.analyze([path])
  if (file?.error) throw new Error(file.error.message)
  const [executable] = file?.executables ?? []
  if (!executable) throw new Error(`Nothing was found in: ${declaration}`)
  return executable
}

/** The parameters of a function with this parameter list. */
export const parametersOf = (list: string, before = ''): Parameter[] =>
  analyze(`${before}\nexport const job = workflow(async (${list}) => {})`).parameters
export const only = (list: string, before = ''): Parameter => parametersOf(list, before)[0]!
