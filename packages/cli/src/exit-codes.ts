/** What a command's exit code says; scripts rely on it, so a number never changes its meaning. */
export const exitCodes = {
  ok: 0,
  /** The run ended FAILED or COMPLETED_WITH_ERRORS; `check` found errors; `doctor` found a fault. */
  failed: 1,
  /** A wrong option, an unknown workflow, an input that does not fit. */
  usage: 2,
  /** No server answers, or it does not know us. */
  unreachable: 3,
  /** The run was cancelled or ran out of time. */
  cancelled: 4,
} as const

export const exitCodesHelp = `
Exit codes:
  0  it worked
  1  the run failed or ended with errors; a check found errors
  2  wrong usage: an unknown option or workflow, an invalid input
  3  the server cannot be reached, or does not accept the key
  4  the run was cancelled or ran out of time`

/** Ends the command with a sentence and an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
