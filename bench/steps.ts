import { percentile, type Row } from './figures.ts'
import { callAtOnce, callInTurn, type Target } from './load.ts'
import type { Bench, Question } from './question.ts'
import { rounds } from './rounds.ts'

const STEPS = 10

interface Figures {
  msPerStep: number
  stepsPerSecond: number
}

export const steps: Question = {
  name: 'steps',
  title: 'A run with 10 durable steps, from the call to its result (ours and Restate over HTTP)',
  async measure(bench) {
    const platform = await bench.platform()
    const target = platform.target({
      method: 'POST',
      path: '/api/workflows/steps/execute',
      body: '{"input":{}}',
      contains: '"SUCCESS"',
    })
    await bench.postgres.settle()
    const figures: Record<string, Figures | string> = { bifrost: await overHttp(target, bench) }
    for (const name of ['dbos', 'restate'])
      figures[name] = await bench.peers.use(`${name}:steps`, async (peer) =>
        peer.target
          ? overHttp(peer.target, bench)
          : figuresOf(
              await peer.callInTurn(callsOf(bench)),
              await rounds(bench, (ms) => peer.callAtOnce(16, ms)),
            ),
      )
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
      floor: floorOf(figures['restate'], figure),
    })
    return {
      rows: [
        row('1 at a time, per step', 'msPerStep', { unit: 'ms', better: 'lower', goal: 0.6 }),
        row('16 at once', 'stepsPerSecond', { unit: '/s', better: 'higher', goal: 9_000 }),
      ],
      notes: ['per step: the time of the whole call, divided by its ten steps'],
    }
  },
}

const callsOf = ({ quick }: Bench) => (quick ? 100 : 1_000)

const figuresOf = (times: Float64Array, runsPerSecond: number): Figures => ({
  msPerStep: percentile(times, 50) / STEPS,
  stepsPerSecond: runsPerSecond * STEPS,
})

async function overHttp(target: Target, bench: Bench): Promise<Figures> {
  const times = await callInTurn(target, callsOf(bench), bench.quick ? 50 : 300)
  const rate = await rounds(
    bench,
    async (forMs) => (await callAtOnce(target, 16, { calls: Number.POSITIVE_INFINITY, forMs })).perSecond,
  )
  return figuresOf(times, rate)
}

function floorOf(restate: Figures | string | undefined, figure: keyof Figures): Row['floor'] {
  if (typeof restate !== 'object') return undefined
  return figure === 'msPerStep'
    ? { value: restate.msPerStep, why: 'Restate' }
    : { value: 3 * restate.stepsPerSecond, why: '3 × Restate' }
}
