/** How long waits between tries are. */
export interface Backoff {
  /** The wait after the first failure, in milliseconds (any unit, if all are in the same). */
  firstMs: number
  /** No wait is longer. */
  maxMs: number
  /** Each wait is so many times the one before; 2 unless given, 1 for waits of one length. */
  factor?: number
}

/**
 * How long to wait after so many failures in a row, the latest included: 1 gives `firstMs`. Without chance: a caller that
 * many others resemble adds its own, so that they do not all come back at the same moment.
 *
 * @example backoffMs(3, { firstMs: 100, maxMs: 5_000 }) // 400
 */
export const backoffMs = (failures: number, { firstMs, maxMs, factor = 2 }: Backoff): number =>
  Math.min(maxMs, firstMs * factor ** Math.max(0, failures - 1))
