import { type ExecutionSummary, isTerminal } from '@bifrost/contract'

/** Whether some run of the list may still change soon. Planned and waiting runs change rarely. */
export const anyLive = (runs: readonly ExecutionSummary[] | undefined): boolean =>
  runs?.some(({ status }) => !isTerminal(status) && status !== 'SCHEDULED' && status !== 'SUSPENDED') ?? false
