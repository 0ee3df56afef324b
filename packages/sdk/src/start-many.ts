import { limits } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { workflowName } from './child-run.ts'
import { requireDurable } from './durable.ts'
import { toJsonText } from './json.ts'
import { flag, fn, requireOptions, wholeFrom } from './options.ts'
import type { Executable } from './workflow.ts'

/** How `workflows.startMany` tells records apart, and what it answers. */
export interface StartManyOptions<R> {
  /**
   * What a record is known by, up to 200 characters. A key starts one run of the workflow, ever: a record that a run of
   * today or last month had is not processed again. Without it every record is new.
   */
  key?: (record: R, index: number) => string | number
  /** In place of the workflow's priority, -100 to 100. */
  priority?: number
  /** Answer the id of the run of each record as well. */
  executionIds?: boolean
}

/** What became of the records: each was started, or is a duplicate. */
export interface StartManyResult {
  started: number
  /** Records whose key has a run already, and records whose key came before in this very call. */
  duplicates: number
  /** How many of the duplicates had their key in this call before. */
  repeated: number
  /** The run of each record, in their order; of a duplicate, the run that has its key. Only when asked for. */
  executionIds?: string[]
}

/** Records of one message to the server, and their size as JSON text. */
const PART_RECORDS_MAX = 10_000
const PART_LENGTH_MAX = 4 * 1024 * 1024
const KEY_LENGTH_MAX = 200

interface Part {
  offset: number
  records: object[]
  keys: string[] | null
}

interface PartAnswer {
  started: number
  duplicates: number
  ids: string[] | null
}

const OPTIONS = {
  key: fn,
  priority: wholeFrom(-100),
  executionIds: flag,
} satisfies Record<keyof StartManyOptions<object>, unknown>

type Startable = Executable<(...args: never[]) => unknown> | string

/** Starts one run per record and does not wait for them. A durable call: a crash in the middle starts nothing twice. */
export const startMany = <R extends object>(
  workflow: Startable,
  records: readonly R[],
  options: StartManyOptions<R> = {},
): Promise<StartManyResult> => startEach(workflow, records, options, null)

/** The same, at once or at a time. */
export async function startEach<R extends object>(
  workflow: Startable,
  records: readonly R[],
  options: StartManyOptions<R>,
  scheduledAt: Date | null,
): Promise<StartManyResult> {
  const name = workflowName(workflow)
  const run = requireDurable(`workflows.startMany("${name}")`)
  requireOptions('workflows.startMany()', options, OPTIONS)
  const unique = onlyFirst(keysOf(records, options))
  const { place, known } = run.next('fan_out', name)
  if (known?.status === 'completed') {
    await run.replay(known)
    return JSON.parse(known.output ?? 'null') as StartManyResult
  }
  const startedAt = Date.now()
  run.started(place, 1)
  const ask = (part: Part, check: boolean) =>
    callPlatform(
      'workflows.startMany',
      {
        workflow: name,
        place: place.key,
        ...part,
        ...(options.priority === undefined ? {} : { priority: options.priority }),
        ...(scheduledAt === null ? {} : { scheduledAt: scheduledAt.toISOString() }),
        check,
        ids: options.executionIds ?? false,
      },
      'workflows.startMany()',
    )
  const answers = await run.work(place.name, async () => {
    const parts = partsOf(records, unique)
    // What fits into one message is started or refused as a whole; of several, all are looked at before the first starts.
    if (parts.length > 1) for (const part of parts) await ask(part, true)
    const all: PartAnswer[] = []
    for (const part of parts) {
      const answer = await ask(part, false)
      if (answer) all.push(answer)
    }
    return all
  })
  const result = resultOf(answers, records.length, unique, options.executionIds ?? false)
  await run.record(place, {
    attempts: [{ attempt: 1, started_at: startedAt, ended_at: Date.now(), error: null }],
    output: JSON.stringify(result),
    error: null,
    hasUndo: false,
  })
  return result
}

function keysOf<R extends object>(records: readonly R[], { key }: StartManyOptions<R>): (string | null)[] {
  if (!Array.isArray(records)) throw new TypeError('workflows.startMany() needs a list of records.')
  if (records.length > limits.startManyRecordsMax)
    throw new RangeError(
      `workflows.startMany() takes ${limits.startManyRecordsMax} records at once, not ${records.length}; call it several times.`,
    )
  return records.map((record, index) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new TypeError(
        `records[${index}] must be an object with one member per parameter of the workflow.`,
      )
    if (!key) return null
    const value: unknown = key(record, index)
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string' || text === '' || text.length > KEY_LENGTH_MAX || text.includes('\0'))
      throw new TypeError(
        `The key of records[${index}] must be a text of 1 to ${KEY_LENGTH_MAX} characters; it is ${JSON.stringify(value)?.slice(0, 100)}.`,
      )
    return text
  })
}

/** Of records with one key the first counts; `of` tells for each record which one that is. */
interface Unique {
  keys: (string | null)[]
  first: number[]
  of: number[]
}

function onlyFirst(keys: (string | null)[]): Unique {
  const seen = new Map<string, number>()
  const first: number[] = []
  const of = keys.map((key, index) => {
    const before = key === null ? undefined : seen.get(key)
    if (before !== undefined) return before
    if (key !== null) seen.set(key, first.length)
    return first.push(index) - 1
  })
  return { keys, first, of }
}

function partsOf(records: readonly object[], { keys, first }: Unique): Part[] {
  const parts: Part[] = []
  let length = 0
  first.forEach((index, place) => {
    const record = records[index] as object
    length += toJsonText(record, `records[${index}]`).length
    let part = parts.at(-1)
    if (!part || part.records.length >= PART_RECORDS_MAX || length > PART_LENGTH_MAX) {
      part = { offset: place, records: [], keys: keys[index] === null ? null : [] }
      parts.push(part)
      length = 0
    }
    part.records.push(record)
    part.keys?.push(keys[index] as string)
  })
  return parts
}

function resultOf(
  answers: readonly PartAnswer[],
  count: number,
  { first, of }: Unique,
  withIds: boolean,
): StartManyResult {
  const sum = (pick: (answer: PartAnswer) => number) =>
    answers.reduce((total, answer) => total + pick(answer), 0)
  const repeated = count - first.length
  const ids = answers.flatMap((answer) => answer.ids ?? [])
  return {
    started: sum((answer) => answer.started),
    duplicates: sum((answer) => answer.duplicates) + repeated,
    repeated,
    ...(withIds ? { executionIds: of.map((place) => ids[place] ?? '') } : {}),
  }
}
