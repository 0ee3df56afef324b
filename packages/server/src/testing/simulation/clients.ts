import { cancelExecution } from '../../engine/run/cancel.ts'
import { resumeExecution } from '../../engine/run/resume.ts'
import { startExecution } from '../../engine/start/start-execution.ts'
import { makeScope, type OrgScope } from '../../platform/scope.ts'
import { specOf } from '../engine.ts'
import { type SimulatedServer, type Stage, specOfProgram } from './simulated-server.ts'

/** Those who start runs, answer them and cancel them, over whichever server they reach. */
export class Clients {
  readonly #stage: Stage
  readonly #scopes: OrgScope[]
  #next = 1

  constructor(stage: Stage, orgIds: readonly string[]) {
    this.#stage = stage
    this.#scopes = orgIds.map((orgId) =>
      makeScope({ orgId, orgName: orgId, userId: null, email: null, name: 'client', role: 'member' }),
    )
  }

  /** One thing that a client does now. */
  act(): void {
    const { random } = this.#stage.world
    const what = random.next()
    if (what < 0.45) this.#start()
    else if (what < 0.6) this.#cancel()
    else if (what < 0.95) this.#resume()
    else this.#deploy()
  }

  #reach(): SimulatedServer | null {
    const { servers, world } = this.#stage
    return servers.size > 0 ? world.random.pick([...servers]) : null
  }

  #start(): void {
    const { world, ledger, programs } = this.#stage
    const { random } = world
    const program = random.pick(programs)
    const scope = random.pick(this.#scopes)
    const key = random.chance(0.3) ? `key${random.int(1, 4)}/${scope.orgId}/${program.name}` : null
    const scheduledAt = random.chance(0.15) ? new Date(world.nowMs + random.int(0, 8000)) : null
    const spec = specOf({ ...specOfProgram(program), idempotencyKey: key, scheduledAt })
    const server = this.#reach()
    if (!server) return
    // A client that hears nothing, or an error, asks again; a key is there so that this is safe.
    const times = key !== null && random.chance(0.5) ? 2 : 1
    for (let time = 0; time < times; time++)
      server.process.run(() => {
        startExecution(server.engine, scope, spec).then(
          ({ executionId }) => {
            world.say(
              'client',
              `starts ${ledger.nameOf(executionId)} (${program.name}) at ${server.process.name}`,
            )
            ledger.clientAccepted(executionId, program.name, scope.orgId, key)
          },
          (error: unknown) => world.say('client', `start of ${program.name} fails: ${String(error)}`),
        )
      })
  }

  #cancel(): void {
    const { world, ledger } = this.#stage
    const id = this.#someRun()
    const server = this.#reach()
    if (!id || !server) return
    server.process.run(() => {
      cancelExecution(server.engine, this.#scopeOf(id), id).then(
        (status) => world.say('client', `cancels ${ledger.nameOf(id)}: ${status}`),
        (error: unknown) => world.say('client', `cancel of ${ledger.nameOf(id)}: ${String(error)}`),
      )
    })
  }

  #resume(): void {
    const { world } = this.#stage
    const id = this.#someRun()
    if (!id) return
    const step = world.random.chance(0.6) ? `s${world.random.int(0, 4)}` : undefined
    const times = world.random.chance(0.3) ? 2 : 1
    for (let time = 0; time < times; time++) this.answer(id, step)
  }

  /** Answers a step that suspended itself, or will. */
  answer(id: string, step?: string, orgId?: string): void {
    const { world, ledger } = this.#stage
    const server = this.#reach()
    if (!server) return
    const data = world.random.pick([null, false, 0, '', `answer ${this.#next++}`])
    server.process.run(() => {
      resumeExecution(server.engine, this.#scopeOf(id, orgId), id, { data, step }).then(
        ({ step: key }) =>
          world.say(
            'client',
            `answers ${ledger.nameOf(id)} ${key ?? `(early, ${step ?? 'any'})`} ${JSON.stringify(data)}`,
          ),
        (error: unknown) => world.say('client', `answer to ${ledger.nameOf(id)}: ${String(error)}`),
      )
    })
  }

  #deploy(): void {
    const server = this.#reach()
    if (!server) return
    this.#stage.world.say(server.process.name, 'is asked to stop')
    server.stop()
  }

  #someRun(): string | null {
    const { world, ledger } = this.#stage
    const ids = [...ledger.accepted.keys()]
    return ids.length > 0 ? world.random.pick(ids) : null
  }

  #scopeOf(id: string, orgId?: string): OrgScope {
    const org = orgId ?? this.#stage.ledger.accepted.get(id)?.org
    const scope = this.#scopes.find((one) => one.orgId === org) ?? this.#scopes[0]
    if (!scope) throw new Error('there is no organization')
    return scope
  }
}
