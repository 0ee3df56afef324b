import { createEngine } from '../../engine/create-engine.ts'
import { Scheduler } from '../../engine/scheduler.ts'
import { acceptParameter } from '../../engine/start/accept.ts'
import { startExecution } from '../../engine/start/start-execution.ts'
import type { Engine } from '../../engine/types.ts'
import type { Log } from '../../platform/log.ts'
import { createNotifier, type Notifier } from '../../platform/notify.ts'
import { runOf, type SdkMethod } from '../../tenancy/sdk-method.ts'
import { Pool, type PoolRun } from '../../worker/pool.ts'
import { Worker } from '../../worker/worker.ts'
import type { CodeVersion } from '../../workspace/code-versions.ts'
import { specOf } from '../engine.ts'
import type { Backends, Outcome, Statement } from './backends.ts'
import { checkFairness, type Waiting, waitingBefore } from './fairness.ts'
import type { Ledger } from './ledger.ts'
import type { Luck } from './luck.ts'
import { type Program, programFunction } from './programs.ts'
import { type AuthorCode, startSimulatedChild } from './simulated-child.ts'
import { SimulatedDatabase } from './simulated-database.ts'
import { Process, type World } from './world.ts'

export const CODE_VERSION = 'v1'

/** All that lives in one simulated world. */
export interface Stage {
  world: World
  luck: Luck
  ledger: Ledger
  backends: Backends
  programs: Program[]
  servers: Set<SimulatedServer>
  children: Set<Process>
}

export type Roles = 'all' | 'worker' | 'scheduler'

/** A server process: the real engine, scheduler, worker, pool and child protocol, in a simulated process. */
export class SimulatedServer {
  readonly process: Process
  readonly engine: Engine
  roles: Roles = 'all'
  readonly #stage: Stage
  readonly #local = createNotifier()
  readonly #topics = new Map<string, number>()
  #waiting: Waiting = null
  #worker: Worker | null = null
  #scheduler: Scheduler | null = null

  constructor(stage: Stage, name: string) {
    this.#stage = stage
    const { world, luck } = stage
    this.process = new Process(world, name)
    this.process.clockOffsetMs = luck.clockOffsetMs()
    const db = new SimulatedDatabase(this.process, stage.backends, {
      fate: (statement) => luck.statement(statement),
      before: async (_owner, statement) => {
        if (statement.name === 'claim')
          this.#waiting = await waitingBefore(stage.world, stage.backends, statement)
      },
      after: (owner, statement, outcome) => this.#heard(owner, statement, outcome),
    })
    const deps = {
      db,
      notifier: this.#notifier(),
      newId: () => world.random.id(world.nowMs),
      random: () => world.random.next(),
      log: this.#log(),
    }
    this.engine = this.process.run(() => createEngine(deps))
    stage.servers.add(this)
    this.process.onEnd(() => stage.servers.delete(this))
  }

  start(roles: Roles): void {
    const { world } = this.#stage
    this.roles = roles
    this.process.run(() => {
      if (roles !== 'worker') {
        this.#scheduler = new Scheduler(this.engine)
        void this.#scheduler.start()
      }
      if (roles === 'scheduler') return
      const workerId = world.random.id(world.nowMs)
      this.#worker = new Worker({
        stopGraceMs: 5_000,
        engine: this.engine,
        pool: this.#pool(),
        codeVersions: { get: () => this.#code() },
        sdkMethods: { 'workflows.run': this.#runWorkflow },
        publicUrl: () => 'http://localhost',
        applyTransaction: async () => {},
        workerId,
      })
      this.#worker.start().catch((error: unknown) => this.process.end(`it cannot start: ${String(error)}`))
    })
  }

  /** A deploy: takes no more work, and leaves when what it has is done or its patience ends. */
  stop(): void {
    this.process.run(() => {
      void Promise.all([this.#scheduler?.stop(), this.#worker?.stop()]).then(() =>
        this.process.end('it was stopped in order'),
      )
    })
  }

  #pool(): Pool {
    const { world, luck, ledger, programs, children } = this.#stage
    const author: AuthorCode = {}
    for (const program of programs)
      author[program.name] = programFunction(program, ledger) as AuthorCode[string]
    let next = 1
    const pool = new LabeledPool(
      {
        spawn: () => {
          const name = `${this.process.name}.${next++}`
          const { process, child } = startSimulatedChild({
            world,
            server: this.process,
            name,
            author,
            pipeMs: () => luck.pipeMs(),
          })
          child.clockOffsetMs = this.process.clockOffsetMs
          children.add(child)
          child.onEnd(() => children.delete(child))
          return { process, clear: () => {} }
        },
        log: this.#log(),
        childrenMax: 6,
        idleMs: 20_000,
      },
      (executionId) => ledger.claimOf(this.process.name, executionId),
    )
    return pool
  }

  #code(): CodeVersion {
    const executables = this.#stage.programs.map(({ name }) => ({
      name,
      exportName: name,
      arguments: [{ kind: 'context' }],
      parameters: [],
      type: 'workflow',
    }))
    return {
      version: CODE_VERSION,
      path: 'simulation.ts',
      owner: null,
      source: '',
      executables: executables as never,
    }
  }

  /** What the feature of workflows does for `workflows.run`. */
  #runWorkflow: SdkMethod<'workflows.run'> = async (scope, { workflow, key }, run) => {
    const executionId = runOf(run, 'workflows.run')
    const program = this.#stage.programs.find(({ name }) => name === workflow)
    if (!program) throw new Error(`there is no ${workflow}`)
    const started = await startExecution(
      this.engine,
      scope,
      specOf({
        ...specOfProgram(program),
        trigger: 'workflow',
        parent: { executionId, key },
        idempotencyKey: `run:${executionId}:${key}`,
      }),
    )
    return started.executionId
  }

  #notifier(): Notifier {
    const { world, luck, servers } = this.#stage
    const { process } = this
    return {
      publish: (topic) => {
        if (luck.hearsItself()) this.#local.publish(topic)
        for (const other of servers) {
          if (other === this || !other.#topics.has(topic)) continue
          for (const delayMs of luck.notification())
            world.plan(other.process, delayMs, `hears ${topic.split(':')[0]} from ${process.name}`, () =>
              other.#local.publish(topic),
            )
        }
      },
      subscribe: (topic, listener) => {
        // As many listeners as there are: a topic without a listener is not sent.
        this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1)
        const end = this.#local.subscribe(topic, () => process.run(listener))
        return () => {
          const left = (this.#topics.get(topic) ?? 1) - 1
          if (left === 0) this.#topics.delete(topic)
          else this.#topics.set(topic, left)
          end()
        }
      },
    }
  }

  #log(): Log {
    const { world, ledger } = this.#stage
    const say = (level: string) => (details: unknown, message?: string) => {
      const { err, ...rest } = (typeof details === 'object' ? details : {}) as { err?: Error }
      const text = `${level}: ${message ?? String(details)} ${err ? err.message : JSON.stringify(rest)}`
      world.say(this.process.name, ledger.short(text))
    }
    return { debug() {}, info() {}, warn: say('warning') as Log['warn'], error: say('error') as Log['error'] }
  }

  /** The ledger hears of claims and commits from the database's answers, before the process does. */
  async #heard(owner: Process, { name, values = [], text }: Statement, outcome: Outcome): Promise<void> {
    const { ledger, world } = this.#stage
    if ('error' in outcome) {
      world.say(owner.name, `${name ?? text.slice(0, 50)}: ${String(outcome.error)}`)
      return
    }
    const { rows } = outcome
    if (name === 'claim') checkFairness(world, this.#waiting, { values, text }, rows)
    if (name === 'claim') for (const row of rows) ledger.claimed(row['id'], row['claims'], owner.name)
    if (name === 'accept') {
      const workerIds = values[acceptParameter('worker_id')] as (string | null)[]
      for (const [index, id] of (values[acceptParameter('id')] as string[]).entries())
        if (workerIds[index]) ledger.claimed(id, 1, owner.name)
    }
    if (name === 'steps') {
      const [ids, claims, , , keys] = values as [string[], number[], unknown, unknown, string[]]
      const statuses = values[10] as string[]
      for (const row of rows) {
        const index = keys.findIndex((key, at) => key === row['key'] && ids[at] === row['execution_id'])
        const id = row['execution_id'] as string
        world.say(
          owner.name,
          `stored ${ledger.nameOf(id)} ${row['key']} ${statuses[index]} (claim ${claims[index]})`,
        )
        if (statuses[index] === 'completed') ledger.committed(`${id}/${row['key']}`)
        if ((claims[index] ?? 0) < ledger.lastClaim(id))
          world.violation(
            `claim ${claims[index]} of ${ledger.nameOf(id)} wrote a step after a later claim was made`,
          )
      }
    }
    if (name === 'end')
      for (const row of rows) {
        const at = (values[0] as string[]).indexOf(row['id'])
        const claim = (values[1] as number[])[at] ?? 0
        world.say(
          owner.name,
          `ended ${ledger.nameOf(row['id'])} ${(values[3] as string[])[at]} (claim ${claim})`,
        )
        if (claim < ledger.lastClaim(row['id']))
          world.violation(
            `claim ${claim} of ${ledger.nameOf(row['id'])} ended it after a later claim was made`,
          )
      }
  }
}

export const specOfProgram = (program: Program) => ({
  workflowId: program.id,
  workflowName: program.name,
  codeVersion: CODE_VERSION,
  durable: program.durable,
  timeoutMs: program.timeoutMs,
  retryPolicy: program.retryPolicy,
})

/** Tells the code under which claim it runs, for the ledger; the product does not need to. */
class LabeledPool extends Pool {
  readonly #claimOf: (executionId: string) => number

  constructor(options: ConstructorParameters<typeof Pool>[0], claimOf: (executionId: string) => number) {
    super(options)
    this.#claimOf = claimOf
  }

  override run(run: PoolRun): void {
    const { context } = run.message
    // A run that was kept waiting for a child comes here again.
    if (!('claim' in context)) Object.assign(context, { claim: this.#claimOf(context.executionId) })
    super.run(run)
  }
}
