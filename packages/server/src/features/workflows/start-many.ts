import { AppError, type InputCheck, type Json, limits } from '@bifrost/contract'
import { z } from 'zod'
import type { CallingRun } from '../../engine/sdk-method.ts'
import { parseArguments, withoutSecrets } from '../../engine/sdk-method.ts'
import type { StartedItem } from '../../engine/start-many.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { RunStarter } from './start-run.ts'

const Call = z.object({
  workflow: z.string().min(1).max(200),
  /** Where in the caller's journal it stands. */
  place: z.string().min(1).max(1000),
  /** Which record of the call is the first of this part. */
  offset: z.int().min(0).max(limits.startManyRecordsMax),
  /** Each is checked as the input that it is. */
  records: z.array(z.unknown()).max(limits.startManyRecordsMax),
  keys: z.array(z.string().min(1).max(200)).nullable(),
  priority: z.int().min(-100).max(100).optional(),
  /** Only look whether all of them can be started. */
  check: z.boolean(),
  /** Answer the id of the run of each record. */
  ids: z.boolean(),
})

/** One part of a `workflows.startMany`, as the child sends it. All of a part is started, or nothing. */
export async function startManyCall(
  starter: RunStarter,
  scope: OrgScope,
  args: Record<string, unknown>,
  run: CallingRun,
): Promise<unknown> {
  const call = parseArguments('workflows.startMany', Call, args)
  if (call.keys && call.keys.length !== call.records.length)
    throw new AppError('bad_request', 'workflows.startMany: there must be one key for each record')
  const target = await starter.prepare(scope, call.workflow)
  const { executionId } = run
  const inputs = checkAll(withoutSecrets(call.records, run), call.offset, target.check)
  if (call.check) return null
  const items = inputs.map((input, index) =>
    target.item(input, {
      key: call.keys?.[index],
      otherwise: `each:${executionId ?? 'outside'}:${call.place}:${call.offset + index}`,
      priority: call.priority,
    }),
  )
  const started = await target.startMany(items, { executionId, place: call.place })
  return answerOf(started, call.ids)
}

function answerOf(started: readonly StartedItem[], ids: boolean) {
  const duplicates = started.filter((item) => item.duplicate).length
  return {
    started: started.length - duplicates,
    duplicates,
    ids: ids ? started.map((item) => item.executionId) : null,
  }
}

function checkAll(
  records: readonly unknown[],
  offset: number,
  check: (input: unknown) => InputCheck,
): Record<string, Json>[] {
  let first: string | null = null
  let bad = 0
  const inputs: Record<string, Json>[] = []
  records.forEach((record, index) => {
    const checked = check(record)
    if (checked.ok) inputs.push(checked.input)
    else {
      bad++
      const [problem] = checked.errors
      first ??= `records[${offset + index}].${problem?.field} ${problem?.message}`
    }
  })
  if (bad === 0) return inputs
  const more = bad > 1 ? `, and ${bad - 1} more do not fit` : ''
  throw new AppError('validation_failed', `workflows.startMany: ${first}${more}; no run was started.`)
}
