import { chain } from './chain.ts'
import type { Graph, GraphOptions } from './types.ts'

/**
 * Begins a workflow that is written as an outline of its steps, and drawn as one on its page. The type argument says
 * what its input is, the first argument what it is called; options are those of a workflow. What the last step gives is
 * the result of the run. Every function of a graph is part of a durable step, so that a run continues where it was after
 * a crash or a deploy.
 * @example
 * export const processOrder = graph<{ orderId: string }>('process-order')
 *   .step('fetch-order', { retries: 3 }, (ctx) => fetchOrder(ctx.input.orderId))
 *   .if((ctx) => ctx.results['fetch-order'].total > 1000, (then) => then.step('tell-sales', tellSales))
 *   .step('ship', (ctx) => ship(ctx.results['fetch-order']))
 */
// biome-ignore lint/complexity/noBannedTypes: no input is an object without members
export function graph<Input extends object = {}>(
  name: string,
  options: GraphOptions = {},
  // biome-ignore lint/complexity/noBannedTypes: no results yet
): Graph<{ input: Input }, {}, null, never> {
  const isNamed = typeof name === 'string' && name.trim() !== ''
  const cause = new TypeError('graph() needs a name as its first argument.')
  const written = { options, nodes: [], names: [] }
  const begun: unknown = chain(
    isNamed ? { ...written, name } : { ...written, name: 'graph', error: { cause } },
  )
  return begun as Graph<{ input: Input }, object, null, never>
}
