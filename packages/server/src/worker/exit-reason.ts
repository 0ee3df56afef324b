import type { LostReason } from './run-events.ts'
import { HEAP_MB_MAX } from './runtimes/node.ts'

/** Why a process ended that the platform did not end, by how it ended and what it said. */
export function reasonOfExit(how: string, stderr: string): LostReason {
  if (/heap out of memory|Allocation failed/.test(stderr))
    return {
      code: 'out_of_memory',
      message: `The process of this run used more than ${HEAP_MB_MAX} MB of memory and was ended.`,
    }
  const said = stderr.trim().split('\n').slice(0, 6).join('\n')
  return {
    code: 'child_exited',
    message: `The process of this run ended unexpectedly (${how}).${said ? ` It said: ${said}` : ''}`,
  }
}
