/** What a display column is made of: how far the run is. */
export interface ColumnRun {
  readonly input: ColumnValue
  /** The output of each step that has ended, by name; of a name that came several times the latest. */
  readonly steps: ColumnValue
  /** The result; null until the run has ended well. */
  readonly result: ColumnValue
}

/** A value of any shape, so that `run.steps.fetch?.claim?.number` needs no casts. */
export interface ColumnValue {
  readonly [member: string]: ColumnValue
}

/**
 * A display column: a path such as `steps.fetch.id`, `input.email` or `result.total`, or a function of the run.
 * @example columns: { Claim: 'steps.fetch.id', Customer: (run) => run.input.email }
 */
export type ColumnOption = string | ((run: ColumnRun) => unknown)
