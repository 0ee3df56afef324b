import type { BulkAction } from '@bifrost/contract'

interface Words {
  title: string
  none: string
  question(runs: string): string
  confirm(runs: string): string
  /** After "12 runs". */
  done: string
}

/** How actions on many runs are spoken of. */
export const bulkWords: Record<BulkAction, Words> = {
  cancel: {
    title: 'Cancel all',
    none: 'No matching run is scheduled, waiting or running, so there is nothing to cancel.',
    question: (runs) => `${runs} that match the filter have not ended. What they have done stays done.`,
    confirm: (runs) => `Cancel ${runs}`,
    done: 'cancelled',
  },
  rerun: {
    title: 'Rerun all',
    none: 'No matching run has ended, so there is nothing to rerun.',
    question: (runs) =>
      `${runs} that match the filter have ended. Each starts again with its input, on the current code.`,
    confirm: (runs) => `Rerun ${runs}`,
    done: 'started again',
  },
  continue: {
    title: 'Continue parked runs',
    none: 'No matching run is parked, so there is nothing to continue.',
    question: (runs) =>
      `${runs} that match the filter are parked. Each continues on the version that it started with, if that is compatible with its history.`,
    confirm: (runs) => `Continue ${runs}`,
    done: 'continued',
  },
}
