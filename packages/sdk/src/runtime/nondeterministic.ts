/** The code asked for something else than its journal has: it changed, or it depends on time or chance. */
export class NonDeterministicWorkflowError extends Error {
  override readonly name = 'NonDeterministicWorkflowError'
  readonly expected: string
  readonly asked: string

  constructor(expected: string, asked: string) {
    super(
      `The journal has "${expected}" here, and the code asks for "${asked}". The code is not the one that the run began with, or it depends on time or chance outside of steps. The run is parked; continue it on its own version.`,
    )
    this.expected = expected
    this.asked = asked
  }
}
