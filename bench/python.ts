import { percentile, type Row } from './figures.ts'
import { callAtOnce, callInTurn, type Target } from './load.ts'
import type { Bench, Question } from './question.ts'
import { rounds } from './rounds.ts'

const LANGUAGES = { typescript: ['noop', 'steps'], python: ['noop_python', 'steps_python'] } as const
const STEPS = 10

interface Figures {
  p50: number
  at16: number
  msPerStep: number
}

/** Both languages on the same platform in the same run: the ratio is that of their runtimes. */
export const python: Question = {
  name: 'python',
  title: 'A no-op and ten durable steps over HTTP, warm: TypeScript and Python',
  async measure(bench) {
    const platform = await bench.platform()
    const targetOf = (name: string): Target =>
      platform.target({
        method: 'POST',
        path: `/api/workflows/${name}/execute`,
        body: '{"input":{}}',
        contains: '"SUCCESS"',
      })
    await bench.postgres.settle()
    const figures: Record<string, Figures> = {}
    for (const [language, [noop, steps]] of Object.entries(LANGUAGES))
      figures[language] = await measure(targetOf(noop), targetOf(steps), bench)
    const typescript = figures['typescript'] as Figures
    const inPython = figures['python'] as Figures
    const row = (
      label: string,
      figure: keyof Figures,
      promise: Pick<Row, 'unit' | 'better' | 'goal'>,
    ): Row => ({
      label,
      ...promise,
      // Python's stands where that of the platform stands in other questions; TypeScript's is its peer.
      cells: { bifrost: inPython[figure], typescript: typescript[figure] },
    })
    return {
      rows: [
        row('no-op, 1 at a time, p50', 'p50', { unit: 'ms', better: 'lower', goal: 1.5 * typescript.p50 }),
        row('no-op, 16 at once', 'at16', { unit: '/s', better: 'higher', goal: 1_500 }),
        row('per durable step', 'msPerStep', { unit: 'ms', better: 'lower', goal: 1 }),
      ],
      notes: [
        'the goal of the first row is 1.5 × TypeScript in this run',
        'the system whose workflows these are publishes 52 to 55 ms per run',
      ],
    }
  },
}

async function measure(noop: Target, steps: Target, bench: Bench): Promise<Figures> {
  const calls = bench.quick ? 200 : 2_000
  const alone = await callInTurn(noop, calls, 200)
  const at16 = await rounds(bench, async (forMs) => {
    const { perSecond } = await callAtOnce(noop, 16, { calls: Number.POSITIVE_INFINITY, forMs })
    return perSecond
  })
  const stepped = await callInTurn(steps, calls / 10, 20)
  return {
    p50: percentile(alone, 50),
    at16,
    msPerStep: percentile(stepped, 50) / STEPS,
  }
}
