import { median } from './figures.ts'
import type { Bench } from './question.ts'

/** The median of some windows, after one that only warms up. */
export async function rounds(
  bench: Pick<Bench, 'quick'>,
  window: (forMs: number) => Promise<number>,
): Promise<number> {
  await window(bench.quick ? 500 : 2_000)
  const rates: number[] = []
  for (let round = 0; round < (bench.quick ? 1 : 3); round += 1)
    rates.push(await window(bench.quick ? 1_000 : 3_000))
  return median(rates)
}
