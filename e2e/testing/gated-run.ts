import { type Client, routes } from '@bifrost/contract'
import { until } from '../../packages/server/src/testing/server.ts'
import type { Product } from './product.ts'

const PATH = 'journeys/gated.ts'
const SOURCE = `import { config, logger, workflow } from 'bifrost'

/**
 * Logs as many lines as config says, and ends when it says so.
 * @param gate The key in config.
 */
export const gatedRun = workflow({ category: 'Journeys' }, async (gate: string) => {
  for (let logged = 0; ; ) {
    const { lines, end } = await config.get(gate, { lines: 0, end: false })
    while (logged < lines) logger.info('line %d', ++logged)
    if (end) return { logged }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
})
`
let gates = 0

/** A run that continues when the journey says so, however slow the machine is. */
export class GatedRun {
  readonly id: string
  readonly #gate: string
  readonly #api: Client
  #lines = 0

  private constructor(id: string, gate: string, api: Client) {
    this.id = id
    this.#gate = gate
    this.#api = api
  }

  static async start(product: Product, delaySeconds?: number): Promise<GatedRun> {
    const api = await product.api()
    product.write(PATH, SOURCE)
    await until('the gated workflow is there', async () => {
      const { items } = await api(routes.listWorkflows, { query: { search: 'gatedRun' } })
      return items.some(({ status }) => status === 'active')
    })
    const gate = `journeys.gate-${++gates}`
    return new GatedRun(await product.run('gatedRun', { gate }, delaySeconds), gate, api)
  }

  /** All lines that the run was let write. */
  get messages(): string[] {
    return Array.from({ length: this.#lines }, (_, at) => `line ${at + 1}`)
  }

  /** Lets it write more lines, and waits until they are stored. */
  async write(lines: number): Promise<void> {
    this.#lines += lines
    await this.#tell(false)
    await until('the lines are stored', async () => {
      const { items } = await this.#api(routes.getExecutionLogs, { params: { id: this.id }, query: {} })
      return items.length >= this.#lines
    })
  }

  async end(): Promise<void> {
    await this.#tell(true)
  }

  async #tell(end: boolean): Promise<void> {
    await this.#api(routes.setConfig, {
      params: { key: this.#gate },
      body: { value: { lines: this.#lines, end } },
    })
  }
}
