import { workflow } from 'bifrost'

/** Does nothing: what is measured is everything around it. */
export const noop = workflow({ category: 'Bench' }, async () => null)
