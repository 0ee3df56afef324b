import type { SourceNote } from '@bifrost/contract'

/**
 * Why code could not be bundled: something that its author must fix. It crosses a process boundary as a SourceNote, so
 * compare by `name`, not by class.
 */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly path: string
  readonly line: number | null
  readonly column: number | null

  constructor(note: SourceNote) {
    super(note.message)
    this.path = note.path
    this.line = note.line
    this.column = note.column
  }

  /** As data, for the channel and for the API. */
  toNote(): SourceNote {
    return { message: this.message, path: this.path, line: this.line, column: this.column }
  }
}

/** Whether a caught value is a BuildError, wherever it was made. */
export const isBuildError = (value: unknown): value is BuildError =>
  value instanceof Error && value.name === 'BuildError'
