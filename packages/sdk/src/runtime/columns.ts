import { type ColumnCell, limits, type StepKind } from '@bifrost/contract'
import type { ColumnOption, ColumnRun } from '../columns.ts'
import { platformTimers } from './platform-timers.ts'

/** Changes that come together are sent together. */
const SEND_AFTER_MS = 200
const KINDS_WITHOUT_OUTPUT: readonly StepKind[] = ['sleep', 'undo', 'emit']

export interface ColumnsOptions {
  /** What the workflow's options say, from the running code. */
  columns: unknown
  input: Readonly<Record<string, unknown>>
  /** What the code repeats changes no column: they have those values already. */
  isReplaying(): boolean
  send(columns: Record<string, ColumnCell>): void
  warn(message: string): void
}

/** The display columns of one run: computed again when a step has ended, and once more at the end. */
export class Columns {
  readonly #options: ColumnsOptions
  readonly #columns: [string, ColumnOption][]
  readonly #outputs: Record<string, unknown> = Object.create(null)
  #sent = ''
  #timer: NodeJS.Timeout | null = null

  constructor(options: ColumnsOptions) {
    this.#options = options
    this.#columns = isObject(options.columns)
      ? (Object.entries(options.columns) as [string, ColumnOption][])
      : []
  }

  /** A step has ended, or is known to have. */
  learned(kind: StepKind, name: string, output: string | null): void {
    if (this.#columns.length === 0 || KINDS_WITHOUT_OUTPUT.includes(kind)) return
    this.#outputs[name] = output === null ? null : JSON.parse(output)
    if (!this.#options.isReplaying())
      this.#timer ??= platformTimers.setTimeout(() => this.#send(null, false), SEND_AFTER_MS)
  }

  /** The run leaves: nothing is sent later. What a column cannot do now it never will, so that is told. */
  close(end: { result: unknown } | null): void {
    if (this.#columns.length > 0) this.#send(end?.result ?? null, end !== null)
    if (this.#timer) platformTimers.clearTimeout(this.#timer)
  }

  #send(result: unknown, tell: boolean): void {
    this.#timer = null
    const run = { input: this.#options.input, steps: this.#outputs, result } as ColumnRun
    const cells: Record<string, ColumnCell> = {}
    for (const [name, column] of this.#columns) {
      try {
        cells[name] = cellOf(typeof column === 'function' ? column(run) : at(run, column))
      } catch (thrown) {
        cells[name] = null
        if (tell) this.#options.warn(`The column "${name}" has no value: ${messageOf(thrown)}`)
      }
    }
    const text = JSON.stringify(cells)
    if (text === this.#sent) return
    this.#sent = text
    this.#options.send(cells)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** The value at a path; what is not there (yet) is empty. Of a step both `steps.fetch` and `steps.fetch.output` is its output. */
function at(run: ColumnRun, path: string): unknown {
  const [root = '', ...rest] = path.split('.')
  const [name, second] = rest
  if (root === 'steps' && second === 'output' && name !== undefined) {
    const output = run.steps[name] as unknown
    if (!(isObject(output) && 'output' in output)) rest.splice(1, 1)
  }
  let value: unknown = (run as unknown as Record<string, unknown>)[root]
  for (const part of rest) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return null
    value = value[part]
  }
  return value
}

/** What a table can show: text, a number, true or false; anything else as its JSON. */
function cellOf(value: unknown): ColumnCell {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return cut(value)
  if (value instanceof Promise) throw new TypeError('a column cannot be async')
  if (value instanceof Date) return value.toISOString()
  return cut(JSON.stringify(value) ?? '')
}

const cut = (text: string): string =>
  text.length > limits.columnLengthMax ? `${text.slice(0, limits.columnLengthMax - 1)}…` : text
