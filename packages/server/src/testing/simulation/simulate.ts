import { limits } from '@bifrost/contract'
import type { PoolConfig } from 'pg'
import { currentRun } from '../../../../sdk/src/current-run.ts'
import type { Run } from '../../../../sdk/src/runtime/run.ts'
import { Backends } from './backends.ts'
import { Clients } from './clients.ts'
import { AUDIT, checkEnd, checkRows, isSettled } from './guarantees.ts'
import { Ledger } from './ledger.ts'
import { Luck } from './luck.ts'
import { makePrograms } from './programs.ts'
import { SimulatedServer, type Stage } from './simulated-server.ts'
import { installVirtualTime } from './virtual-time.ts'
import { World } from './world.ts'

export interface SimulationReport {
  seed: number
  violations: string[]
  trace: string[]
  /** A number for the whole trace: the same seed has the same one. */
  fingerprint: string
  events: number
  runs: number
  bodies: number
  replays: number
  claims: number
  virtualSeconds: number
}

const ORGANIZATIONS = 3
/** After all bad luck has ended, so long may it take until everything has ended. */
const HEAL_MS_MAX = 300_000

/** A database in which seeds are tried, one after the other. */
export class Simulation {
  readonly #backends: Backends
  readonly #tables: string

  private constructor(backends: Backends, tables: string) {
    this.#backends = backends
    this.#tables = tables
  }

  static async open(connection: PoolConfig): Promise<Simulation> {
    const backends = new Backends(connection)
    await backends.open()
    await backends.ask(AUDIT)
    const tables = await backends.ask<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like '%migrations%' order by 1`,
    )
    return new Simulation(backends, tables.map(({ name }) => name).join(', '))
  }

  close(): Promise<void> {
    return this.#backends.close()
  }

  /** Plays what this seed decides, and looks whether all guarantees held. */
  async run(seed: number): Promise<SimulationReport> {
    const backends = this.#backends
    await backends.reset()
    await backends.ask(`truncate ${this.#tables} restart identity cascade`)
    const world = new World(seed)
    const stage: Stage = {
      world,
      luck: new Luck(world, Luck.options(world.random)),
      ledger: new Ledger(world),
      backends,
      programs: makePrograms(world.random),
      servers: new Set(),
      children: new Set(),
    }
    const capacity = limits.runsPerWorkerMax
    const takeBack = [
      installVirtualTime(),
      () => Object.assign(limits, { runsPerWorkerMax: capacity }),
      catchStrayErrors(world),
    ]
    Object.assign(limits, { runsPerWorkerMax: world.random.pick([2, 5, 20, 900]) })
    try {
      await play(stage)
    } finally {
      for (const server of stage.servers) server.process.end('the simulation is over')
      for (const undo of takeBack) undo()
      await backends.reset()
    }
    return reportOf(seed, stage)
  }
}

/** An error that no code handles is a fault. */
function catchStrayErrors(world: World): () => void {
  const stray = (error: unknown) => {
    // As in the child: it is the run's own, and of one that was stopped it does not count.
    const run = currentRun.getStore() as Run | undefined
    if (run?.isStopped || run?.ended) return
    world.violation(`an error that no code handled: ${error instanceof Error ? error.stack : String(error)}`)
  }
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', stray)
  return () => {
    process.removeListener('unhandledRejection', stray)
    for (const other of others) process.on('unhandledRejection', other)
  }
}

async function play(stage: Stage): Promise<void> {
  const { world, luck, ledger, backends } = stage
  const { random } = world
  const orgIds = Array.from({ length: ORGANIZATIONS }, () => random.id(world.nowMs))
  for (const id of orgIds)
    await backends.ask('insert into organizations (id, name) values ($1, $2)', [id, id])
  const clients = new Clients(stage, orgIds)
  const serverCount = random.int(1, 3)
  let nextServer = 1
  const newServer = () => {
    const server = new SimulatedServer(stage, `w${nextServer++}`)
    const hasAll = [...stage.servers].some(({ roles }) => roles === 'all')
    const roles =
      hasAll && luck.bad && random.chance(0.3) ? random.pick(['worker', 'scheduler'] as const) : 'all'
    world.say(server.process.name, `STARTS (${roles})`)
    server.start(roles)
  }
  // Who looks after the servers starts another one soon after one has ended.
  const supervise = () => {
    const hasAll = [...stage.servers].some(({ roles }) => roles === 'all')
    if (stage.servers.size < serverCount || !hasAll) newServer()
    world.plan(null, random.between(20, 1500), 'the supervisor looks', supervise)
  }
  supervise()
  const actions = random.int(4, 25)
  const badMs = random.int(5000, 40_000)
  for (let action = 0; action < actions; action++)
    world.plan(null, random.between(20, badMs), 'a client acts', () => clients.act())

  let settled = false
  const finish = async () => {
    if (await isSettled(backends)) {
      settled = true
      return
    }
    const open = await backends.ask<{ execution_id: string; key: string; org_id: string }>(
      `select execution_id, key, org_id from waits where kind = 'resume' order by execution_id, key`,
    )
    for (const { execution_id, key, org_id } of open)
      if (random.chance(0.5)) clients.answer(execution_id, key, org_id)
    world.plan(null, 2000, 'is everything done?', finish)
  }
  world.plan(null, badMs + random.between(0, 5000), 'good luck begins', () => {
    world.say('RULE', 'from here on all goes well')
    luck.bad = false
    for (const server of stage.servers) server.process.clockOffsetMs = 0
    world.plan(null, 1000, 'is everything done?', finish)
  })
  const deadlineMs = world.nowMs + badMs + 5000 + HEAL_MS_MAX
  while (!settled && world.violations.length === 0 && world.nowMs < deadlineMs)
    await world.step((event) => luck.strike(event))
  if (world.violations.length > 0) return
  if (!settled) await sayWhatIsOpen(stage)
  if (settled) await checkEnd(world, ledger, backends)
  else await checkRows(world, ledger, backends)
}

/** No run may be lost: everything ends, or waits for a person. */
async function sayWhatIsOpen({ world, ledger, backends }: Stage): Promise<void> {
  const open = await backends.ask<{ id: string; status: string; row: string | null; waits: string | null }>(
    `select e.id, e.status, row_to_json(q)::text as row,
       (select json_agg(w)::text from waits w where w.execution_id = e.id) as waits
     from executions e left join queue q on q.execution_id = e.id
     where e.status not in ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED') order by e.id`,
  )
  for (const { id, status, row, waits } of open)
    world.violation(ledger.short(`${ledger.nameOf(id)} never ends: ${status}, queue ${row}, waits ${waits}`))
  if (open.length === 0) world.violation('something is left in the queue, the waits or the ends to be told')
}

function reportOf(seed: number, { world, ledger }: Stage): SimulationReport {
  let hash = 0x811c9dc5
  for (const line of world.trace)
    for (let index = 0; index < line.length; index++)
      hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193) >>> 0
  return {
    seed,
    violations: world.violations,
    trace: world.trace,
    fingerprint: hash.toString(16).padStart(8, '0'),
    events: world.events,
    runs: ledger.accepted.size,
    ...ledger.counts,
    virtualSeconds: Math.round(world.sinceBeginMs / 1000),
  }
}
