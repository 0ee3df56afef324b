import { matchKey } from '../events/match.ts'
import { storedFlow } from '../flow-control/flow.ts'
import type { AcceptItem, ClaimedRun } from '../types.ts'

/**
 * What is known of a run before it is accepted. The statements that accept runs, put one in the place of another, and
 * give them to workers take their columns from this one table.
 */
export interface RunColumn {
  name: string
  type: 'uuid' | 'text' | 'timestamptz' | 'int' | 'float8' | 'bool' | 'json'
  /** The value; of type json, what is written as JSON. */
  of(run: AcceptItem): unknown
  /** Runs of one `startMany` have values of their own. */
  each?: boolean
  /** Flow control, or a fan-out: most runs have none, so the statement for runs of all kinds leaves it out. */
  rare?: boolean
  /** A run that takes the place of a waiting one has what that had. */
  kept?: boolean
  /** Known while it is accepted, and no column of the history. */
  passing?: boolean
  /** Workers are given it, as this member of the claimed run. */
  claimed?: string
}

const maxAttempts = ({ spec }: AcceptItem) => 1 + (spec.retryPolicy?.max_retries ?? 0)
/** The events that cancel it, as the statements take them. */
export const cancelsOf = ({ spec: { cancelOn } }: Pick<AcceptItem, 'spec'>) =>
  cancelOn ? cancelOn.map(({ event, match }) => ({ event, ...matchKey(match) })) : null
const storedFlowOf = ({ spec: { flow } }: AcceptItem) => (flow ? storedFlow(flow) : null)

export const runColumns = [
  { name: 'id', type: 'uuid', of: ({ id }) => id, each: true, kept: true },
  { name: 'org_id', type: 'uuid', of: ({ scope }) => scope.orgId, kept: true },
  { name: 'workflow_id', type: 'uuid', of: ({ spec }) => spec.workflowId, kept: true, claimed: 'workflowId' },
  { name: 'user_id', type: 'uuid', of: ({ scope }) => scope.userId, claimed: 'startedBy' },
  { name: 'status', type: 'text', of: ({ status }) => status, kept: true },
  { name: 'type', type: 'text', of: ({ spec }) => spec.type, kept: true, claimed: 'type' },
  { name: 'trigger', type: 'text', of: ({ spec }) => spec.trigger },
  {
    name: 'workflow_name',
    type: 'text',
    of: ({ spec }) => spec.workflowName,
    kept: true,
    claimed: 'workflowName',
  },
  { name: 'code_version', type: 'text', of: ({ spec }) => spec.codeVersion, claimed: 'codeVersion' },
  { name: 'scheduled_at', type: 'timestamptz', of: ({ spec }) => spec.scheduledAt },
  { name: 'timeout_ms', type: 'int', of: ({ spec }) => spec.timeoutMs, claimed: 'timeoutMs' },
  { name: 'max_attempts', type: 'int', of: maxAttempts, claimed: 'maxAttempts' },
  { name: 'time_saved', type: 'float8', of: ({ spec }) => spec.timeSaved, claimed: 'timeSaved' },
  { name: 'value', type: 'float8', of: ({ spec }) => spec.value, claimed: 'value' },
  { name: 'idempotency_key', type: 'text', of: ({ spec }) => spec.idempotencyKey, each: true, kept: true },
  { name: 'retry_policy', type: 'json', of: ({ spec }) => spec.retryPolicy, claimed: 'retryPolicy' },
  { name: 'input', type: 'json', of: ({ spec }) => spec.input, each: true, claimed: 'input' },
  { name: 'durable', type: 'bool', of: ({ spec }) => spec.durable, claimed: 'durable' },
  { name: 'parent_id', type: 'uuid', of: ({ spec }) => spec.parent?.executionId ?? null, kept: true },
  { name: 'parent_key', type: 'text', of: ({ spec }) => spec.parent?.key ?? null, kept: true },
  { name: 'fan_out', type: 'text', of: ({ fanOut }) => fanOut ?? null, rare: true, kept: true },
  { name: 'origin_kind', type: 'text', of: ({ spec }) => spec.origin?.kind ?? null },
  { name: 'origin_id', type: 'uuid', of: ({ spec }) => spec.origin?.id ?? null },
  { name: 'origin_name', type: 'text', of: ({ spec }) => spec.origin?.name ?? null },
  { name: 'origin_data', type: 'json', of: ({ spec }) => spec.origin?.data ?? null },
  { name: 'limited_to', type: 'json', of: ({ scope }) => scope.limitedTo },
  { name: 'priority', type: 'int', of: ({ spec }) => spec.flow?.priority ?? 0, each: true, rare: true },
  {
    name: 'concurrency_key',
    type: 'text',
    of: ({ spec }) => spec.flow?.concurrency?.key ?? null,
    each: true,
    rare: true,
    claimed: 'concurrencyKey',
  },
  { name: 'flow', type: 'json', of: storedFlowOf, each: true, rare: true },
  {
    name: 'rate_key',
    type: 'text',
    of: ({ spec }) => spec.flow?.rate?.key ?? null,
    each: true,
    rare: true,
    passing: true,
  },
  {
    name: 'debounce_key',
    type: 'text',
    of: ({ spec }) => spec.flow?.debounce?.key ?? null,
    rare: true,
    passing: true,
  },
  { name: 'worker_id', type: 'uuid', of: ({ workerId }) => workerId, passing: true },
  { name: 'cancel_on', type: 'json', of: cancelsOf, each: true, passing: true },
] as const satisfies readonly RunColumn[]

type ClaimedColumn = Extract<(typeof runColumns)[number], { claimed: string }>
/** The members of a claimed run that are columns as they are. */
export type ClaimedValues = Pick<ClaimedRun, ClaimedColumn['claimed']>

const claimedColumns = (columns: readonly RunColumn[]) =>
  columns.flatMap((column) => (column.claimed ? [{ ...column, claimed: column.claimed }] : []))
const CLAIMED = claimedColumns(runColumns)

/** What a claim answers of a run: the columns of the row `r`, by the names that they have there. */
export const claimedList = (columns: readonly RunColumn[]): string =>
  claimedColumns(columns)
    .map(({ name, claimed }) => `r.${name} as "${claimed}"`)
    .join(', ')

/** The same from that answer. */
export const claimedValues = (row: ClaimedValues): ClaimedValues =>
  valuesBy(({ claimed }) => row[claimed as keyof ClaimedValues])

/** The same for a run that goes to a worker as it is accepted. */
export const acceptedValues = (run: AcceptItem): ClaimedValues => valuesBy(({ of }) => of(run))

const valuesBy = (take: (column: (typeof CLAIMED)[number]) => unknown) =>
  Object.fromEntries(CLAIMED.map((column) => [column.claimed, take(column)])) as unknown as ClaimedValues
