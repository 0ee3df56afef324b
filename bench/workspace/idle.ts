import { workflow } from 'bifrost'

/** Waits for something outside, as most runs do most of the time. */
export const idle = workflow({ category: 'Bench' }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 1_000))
})
