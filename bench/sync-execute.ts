import { percentile, type Row } from './figures.ts'
import { callAtOnce, callInTurn, type Target } from './load.ts'
import type { Bench, Question } from './question.ts'
import { rounds } from './rounds.ts'

interface Figures {
  p50: number
  p99: number
  at16: number
  at64: number
}

const PEERS = ['dbos', 'restate', 'n8n']

export const syncExecute: Question = {
  name: 'sync-execute',
  title: 'Sync execute of a no-op, warm (ours and Restate and n8n over HTTP, ours with an API key)',
  async measure(bench) {
    const platform = await bench.platform()
    const target = platform.target({
      method: 'POST',
      path: '/api/workflows/noop/execute',
      body: '{"input":{}}',
      contains: '"SUCCESS"',
    })
    const figures: Record<string, Figures | string> = {}
    await bench.postgres.settle()
    const { generatorMicros, ...ours } = await overHttp(target, bench)
    figures['bifrost'] = ours
    for (const name of PEERS)
      figures[name] = await bench.peers.use(name, async (peer) => {
        if (peer.target) return overHttp(peer.target, bench)
        const rate = (atOnce: number) => rounds(bench, (forMs) => peer.callAtOnce(atOnce, forMs))
        const times = await peer.callInTurn(callsOf(bench))
        return {
          p50: percentile(times, 50),
          p99: percentile(times, 99),
          at16: await rate(16),
          at64: await rate(64),
        }
      })
    const row = (
      label: string,
      figure: keyof Figures,
      promise: Pick<Row, 'unit' | 'better' | 'goal'>,
    ): Row => ({
      label,
      ...promise,
      cells: Object.fromEntries(
        Object.entries(figures).map(([system, one]) => [system, typeof one === 'string' ? one : one[figure]]),
      ),
      floor: floorOf(figures, figure),
    })
    return {
      rows: [
        row('1 at a time, p50', 'p50', { unit: 'ms', better: 'lower', goal: 1.8 }),
        row('1 at a time, p99', 'p99', { unit: 'ms', better: 'lower', goal: 6 }),
        row('16 at once', 'at16', { unit: '/s', better: 'higher', goal: 3_000 }),
        row('64 at once', 'at64', { unit: '/s', better: 'higher', goal: 5_000 }),
      ],
      notes: [
        'dbos is called within the process that runs the code: no HTTP, no key, no isolation, no log lines',
        `the load generator took ${generatorMicros.toFixed(0)} µs of CPU per request to Bifrost at 64, on the same cores`,
      ],
    }
  },
}

const callsOf = ({ quick }: Bench) => (quick ? 500 : 5_000)

async function overHttp(target: Target, bench: Bench): Promise<Figures & { generatorMicros: number }> {
  const times = await callInTurn(target, callsOf(bench), bench.quick ? 200 : 1_000)
  let generatorMicros = 0
  const rate = (atOnce: number) =>
    rounds(bench, async (forMs) => {
      const result = await callAtOnce(target, atOnce, { calls: Number.POSITIVE_INFINITY, forMs })
      generatorMicros = result.generatorMicros
      return result.perSecond
    })
  return {
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    at16: await rate(16),
    at64: await rate(64),
    generatorMicros,
  }
}

function floorOf(figures: Record<string, Figures | string>, figure: keyof Figures): Row['floor'] {
  const latency = figure === 'p50' || figure === 'p99'
  const peer = figures[latency ? 'restate' : 'dbos']
  if (typeof peer !== 'object') return undefined
  return latency ? { value: peer[figure], why: 'Restate' } : { value: 2 * peer[figure], why: '2 × DBOS' }
}
