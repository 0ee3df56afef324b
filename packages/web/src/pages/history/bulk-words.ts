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
    none: 'No run of this filter is planned, waiting or running, so there is nothing to cancel.',
    question: (runs) => `${runs} of this filter have not ended. What they have done stays done.`,
    confirm: (runs) => `Cancel ${runs}`,
    done: 'cancelled',
  },
  rerun: {
    title: 'Run all again',
    none: 'No run of this filter has ended, so there is nothing to run again.',
    question: (runs) =>
      `${runs} of this filter have ended. Each starts once more with its input, on the code as it is now.`,
    confirm: (runs) => `Run ${runs} again`,
    done: 'started again',
  },
  continue: {
    title: 'Continue parked runs',
    none: 'No run of this filter is parked, so there is nothing to continue.',
    question: (runs) =>
      `${runs} of this filter are parked. Each goes on with the code that it began with, where that fits what it did.`,
    confirm: (runs) => `Continue ${runs}`,
    done: 'continued',
  },
}
