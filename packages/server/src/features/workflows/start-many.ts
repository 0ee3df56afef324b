import { AppError, type InputCheck, type Json, type MethodArgs, type MethodResult } from '@bifrost/contract'
import type { StartedItem } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { CallingRun } from '../../tenancy/sdk-method.ts'
import { requireWithoutSecret, withoutSecrets } from '../../tenancy/sdk-method.ts'
import { plannedTime, type RunStarter } from './start-run.ts'

/** One part of a `workflows.startMany`, as the child sends it. All of a part is started, or nothing. */
export async function startManyCall(
  starter: RunStarter,
  scope: OrgScope,
  call: MethodArgs<'workflows.startMany'>,
  run: CallingRun,
): Promise<MethodResult<'workflows.startMany'>> {
  if (call.keys && call.keys.length !== call.records.length)
    throw new AppError('bad_request', 'workflows.startMany: there must be one key for each record')
  const target = await starter.prepare(scope, call.workflow)
  const { executionId } = run
  if (call.keys) await requireWithoutSecret('A key of workflows.startMany', call.keys.join('\n'), run)
  const inputs = checkAll(await withoutSecrets(call.records, run), call.offset, target.check)
  if (call.check) return null
  const items = inputs.map((input, index) =>
    target.item(input, {
      key: call.keys?.[index],
      otherwise: `each:${executionId ?? 'outside'}:${call.place}:${call.offset + index}`,
      priority: call.priority,
    }),
  )
  const started = await target.startMany(items, {
    parent: { executionId, place: call.place },
    scheduledAt: aheadOf(new Date(), call.scheduledAt),
  })
  return answerOf(started, call.ids)
}

/** A time that has passed means now: a run that comes back after a crash asks for the same time again. */
const aheadOf = (now: Date, at: string | undefined): Date | null =>
  at === undefined || new Date(at) <= now ? null : plannedTime({ scheduled_at: at }, now)

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
  const more = bad > 1 ? `, and ${bad - 1} more are invalid` : ''
  throw new AppError('validation_failed', `workflows.startMany: ${first}${more}; no run was started.`)
}
