import { describe } from 'vitest'
import { useProduct } from './journey.ts'

/** Journeys of one area. They meet one server of their own: the first start comes first, the others need no order. */
export function journeysOf(parts: Record<string, () => Promise<unknown>>): void {
  useProduct()
  for (const [name, load] of Object.entries({
    'first start': () => import('../journeys/first-start.ts'),
    ...parts,
  }))
    describe(name, async () => {
      await load()
    })
}
