import type { RunFailure } from '@bifrost/contract'
import type { ClaimedRun } from '../engine/types.ts'

// What a run that failed says of it, where the worker itself found the reason.

export const RESULT_NOT_SEARCHED: RunFailure = {
  kind: 'result_invalid',
  type: 'ResultError',
  message:
    'The result could not be searched for secrets, so it was not stored; return less, or store a file.',
  stack: '',
  forUser: false,
  retry: false,
}

export const ALWAYS_WAITS: RunFailure = {
  kind: 'error',
  type: 'SuspensionError',
  message:
    'The run left its process to wait again and again without doing anything in between, so it was ended. Wait only through the SDK.',
  stack: '',
  forUser: false,
  retry: false,
}

export const JOURNAL_NOT_WRITTEN = 'The progress of the run could not be stored, so the run was ended.'

export const missingCode = (run: ClaimedRun): RunFailure => ({
  kind: 'load_failed',
  type: 'LoadError',
  message: `The code version of this run does not define "${run.workflowName}".`,
  stack: '',
  forUser: false,
  retry: false,
})
