import { step, workflow } from 'bifrost'

/** Ten durable steps that do nothing: what is left is the cost of a step. */
export const steps = workflow({ category: 'Bench' }, async () => {
  let sum = 0
  for (let n = 0; n < 10; n++) sum += await step('add', () => n)
  return sum
})
