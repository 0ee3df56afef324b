// The hostile organization, in a process of its own: its load does not disturb the clock of who measures.
import { parseArgs } from 'node:util'
import { type Attack, assaults, floods, prepare } from './attacks.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    org: { type: 'string' },
    slug: { type: 'string' },
    sleeping: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    /** A random mix of everything, instead of all floods together. */
    mix: { type: 'boolean', default: false },
  },
})

const { url = '', key = '', org = '', slug = '' } = values
const counts: Record<string, Record<string, number>> = {}
let endsAtMs = Number.POSITIVE_INFINITY

const attack: Attack = {
  caller: { url, apiKey: key, orgId: org },
  slug,
  table: 'heavy',
  isOver: () => performance.now() > endsAtMs,
  note(kind, answer) {
    const status = answer === null ? 'none' : String(answer.status)
    counts[kind] ??= {}
    const ofKind = counts[kind]
    ofKind[status] = (ofKind[status] ?? 0) + 1
  },
}

const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** One kind after another for some seconds each, three at a time. */
async function mixed(overMs: number): Promise<void> {
  const kinds = Object.entries(assaults)
  const lane = async () => {
    while (performance.now() < overMs) {
      const [name, kind] = kinds[Math.floor(Math.random() * kinds.length)] as (typeof kinds)[number]
      const untilMs = Math.min(overMs, performance.now() + 2000 + Math.random() * 8000)
      await kind({ ...attack, isOver: () => performance.now() > untilMs }).catch(() =>
        attack.note(name, null),
      )
    }
  }
  await Promise.all([lane(), lane(), lane()])
}

process.stdin.on('end', () => process.exit(0)).resume()
const sleeping = await prepare(attack, Number(values.sleeping))
say({ ready: true, sleeping })
endsAtMs = performance.now() + Number(values.seconds) * 1000
if (values.mix) await mixed(endsAtMs)
else await Promise.all(Object.values(floods).map((kind) => kind(attack).catch(() => {})))
say({ counts })
process.exit(0)
