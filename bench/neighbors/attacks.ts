import { setTimeout as sleep } from 'node:timers/promises'
import { type Answered, type Caller, call, good, openStream } from './client.ts'

/** What the hostile organization may use, and how it notes what came of it. */
export interface Attack {
  caller: Caller
  slug: string
  /** A table with rows, to query. */
  table: string
  isOver(): boolean
  note(kind: string, answer: Answered | null): void
}

export const SLEEPERS = 100

const sleeperSource = (name: string) => `import { workflow } from 'bifrost'
export const ${name} = workflow({ timeoutSeconds: 3600 }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 3_600_000))
})
`

const FLOODS = `import { config, workflow } from 'bifrost'

export const logFlood = workflow(async (lines = 100_000) => {
  for (let line = 0; line < lines; line++) console.log('x'.repeat(200) + line)
})
export const callFlood = workflow(async (calls = 10_000) => {
  await Promise.all(Array.from({ length: calls }, () => config.get('nothing')))
})
export const memoryBomb = workflow(async () => {
  const held: Buffer[] = []
  for (let index = 0; index < 60; index++) held.push(Buffer.alloc(50_000_000, 1))
  return held.length
})
export const endlessLoop = workflow({ timeoutSeconds: 20 }, async () => { for (;;); })
`

const path = (slug: string, file: string) => `organizations/${slug}/${file}`
const write = (caller: Caller, file: string, content: string) =>
  good(caller, 'POST', '/api/files/write', { path: file, content })

/** Files, a table and sleeping runs: so many on each of a hundred code versions. */
export async function prepare(attack: Attack, sleeping: number): Promise<number> {
  const { caller, slug, table } = attack
  await write(caller, path(slug, 'floods.ts'), FLOODS)
  const names = Array.from({ length: SLEEPERS }, (_, index) => `sleeper${String(index).padStart(3, '0')}`)
  for (const name of names) await write(caller, path(slug, `${name}.ts`), sleeperSource(name))
  await good(caller, 'POST', '/api/tables', { name: table })
  for (let part = 0; part < 20; part++) {
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      id: `r${part}-${index}`,
      data: { text: 'a'.repeat(200), number: part * 1000 + index },
    }))
    await good(caller, 'POST', `/api/tables/${table}/rows`, { rows })
  }
  let started = 0
  for (let run = 0; run < sleeping; run += SLEEPERS) {
    const answers = await Promise.all(
      names.map((name) =>
        call(caller, 'POST', `/api/workflows/${name}/run`, { input: {} }).catch(() => null),
      ),
    )
    for (const answer of answers) {
      attack.note('start', answer)
      if (answer && answer.status < 400) started++
    }
  }
  return started
}

const conditions = Object.fromEntries(
  Array.from({ length: 45 }, (_, index) => [`field${index}`, { ne: `${index}` }]),
)

/** So many of the same, one behind the other, until it is over. */
async function flood(
  attack: Attack,
  kind: string,
  atOnce: number,
  once: (index: number) => Promise<Answered | null>,
): Promise<void> {
  let index = 0
  const lane = async () => {
    while (!attack.isOver()) {
      const answer = await once(index++).catch(() => null)
      attack.note(kind, answer)
      // Who was refused does not only refuse to wait: it asks again at once. No answer at all is a server that ended.
      if (answer === null) await sleep(100)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

const execute = (caller: Caller, name: string) =>
  call(caller, 'POST', `/api/workflows/${name}/run`, { input: {} })

type Kind = (attack: Attack) => Promise<void>

const PAUSE_MS = 2000

/** Runs it and waits for the end, so many at once, until it is over. */
const executions =
  (kind: string, atOnce: number, name: string): Kind =>
  (attack) =>
    flood(attack, kind, atOnce, () =>
      call(attack.caller, 'POST', `/api/workflows/${name}/execute`, { input: {} }),
    )

/** Starts it once, and takes a breath. */
const started =
  (kind: string, name: string): Kind =>
  async (attack) => {
    attack.note(kind, await execute(attack.caller, name).catch(() => null))
    await sleep(PAUSE_MS)
  }

/** Saves a file with this text, and takes a breath. */
const saved =
  (kind: string, content: string): Kind =>
  async (attack) => {
    const file = { path: path(attack.slug, `${kind}.ts`), content }
    attack.note(kind, await call(attack.caller, 'POST', '/api/files/write', file))
    await sleep(PAUSE_MS)
  }

export const floods: Record<string, Kind> = {
  queries: (attack) =>
    flood(attack, 'queries', 40, () =>
      call(attack.caller, 'POST', `/api/tables/${attack.table}/query`, {
        where: conditions,
        order_by: [{ field: 'text' }],
      }),
    ),
  events: (attack) =>
    flood(attack, 'events', 50, (index) =>
      call(attack.caller, 'POST', '/api/events', { name: 'noise', payload: { index } }),
    ),
  logs: executions('logs', 4, 'logFlood'),
  calls: executions('calls', 2, 'callFlood'),
  saves: (attack) =>
    flood(attack, 'saves', 4, (index) =>
      call(attack.caller, 'POST', '/api/files/write', {
        path: path(attack.slug, `save${index % 4}.ts`),
        content: `import { workflow } from 'bifrost'\nexport const saved${index % 4} = workflow(async () => ${index})\n`,
      }),
    ),
  pages: (attack) =>
    flood(attack, 'pages', 20, () => call(attack.caller, 'GET', '/api/executions?count=true&search=x')),
  async streams(attack) {
    const { items } = await good<{ items: { id: string }[] }>(attack.caller, 'GET', '/api/executions?limit=1')
    const id = items[0]?.id
    if (id === undefined) return
    const open = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const stream = await openStream(attack.caller, `/api/executions/${id}/stream`)
        attack.note('streams', { status: stream ? 200 : 429, text: '' })
        return stream
      }),
    )
    while (!attack.isOver()) await sleep(200)
    for (const stream of open) stream?.destroy()
  },
}

/** What harms in another way than by its number; for the soak. */
export const assaults: Record<string, Kind> = {
  ...floods,
  memory: started('memory', 'memoryBomb'),
  loops: started('loops', 'endlessLoop'),
  brackets: saved(
    'brackets',
    `import { workflow } from 'bifrost'\nexport const w = workflow(async (a = ${'['.repeat(1500)}${']'.repeat(1500)}) => 1)\n`,
  ),
  spaces: saved('spaces', `// from${' '.repeat(500_000)}\nexport const a = 1\n`),
  async bodies(attack) {
    const body = `{"input":{"a":[${'[],'.repeat(3_000_000)}[]]}}`
    attack.note(
      'bodies',
      await call(attack.caller, 'POST', '/api/workflows/logFlood/run', body).catch(() => null),
    )
  },
}
