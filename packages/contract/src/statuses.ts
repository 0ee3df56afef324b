import { z } from 'zod'

/** All statuses of an execution (spec B3). */
export const ExecutionStatus = z.enum([
  'SCHEDULED',
  'PENDING',
  'RUNNING',
  'SUSPENDED',
  'SUCCESS',
  'COMPLETED_WITH_ERRORS',
  'FAILED',
  'TIMEOUT',
  'CANCELLING',
  'CANCELLED',
])
export type ExecutionStatus = z.infer<typeof ExecutionStatus>

/**
 * The state machine of an execution, written once. Whatever asks "may I?" derives its answer from here.
 * RUNNING goes back to PENDING for a retry, or when its worker died and another may take it.
 */
export const nextStatuses: Record<ExecutionStatus, readonly ExecutionStatus[]> = {
  SCHEDULED: ['PENDING', 'RUNNING', 'CANCELLED'],
  PENDING: ['RUNNING', 'CANCELLING', 'CANCELLED', 'FAILED'],
  RUNNING: [
    'SUCCESS',
    'COMPLETED_WITH_ERRORS',
    'FAILED',
    'TIMEOUT',
    'CANCELLING',
    'CANCELLED',
    'SUSPENDED',
    'PENDING',
  ],
  SUSPENDED: ['PENDING', 'CANCELLING', 'CANCELLED', 'FAILED', 'TIMEOUT'],
  CANCELLING: ['CANCELLED', 'SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT'],
  SUCCESS: [],
  COMPLETED_WITH_ERRORS: [],
  FAILED: [],
  TIMEOUT: [],
  CANCELLED: [],
}

/** Which statuses allow which action; buttons and the server read the same table. */
export const statusesFor = {
  cancel: ['SCHEDULED', 'PENDING', 'RUNNING', 'SUSPENDED', 'CANCELLING'],
  rerun: ['SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED'],
} as const satisfies Record<string, readonly ExecutionStatus[]>

/**
 * Whether an execution in this status allows the action.
 * @example executionCan('cancel', 'RUNNING') // true
 */
export const executionCan = (action: keyof typeof statusesFor, status: ExecutionStatus): boolean =>
  (statusesFor[action] as readonly ExecutionStatus[]).includes(status)

/**
 * Whether the status is final: no status follows it, ever.
 * @example isTerminal('FAILED') // true
 */
export const isTerminal = (status: ExecutionStatus): boolean => nextStatuses[status].length === 0
