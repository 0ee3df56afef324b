import type { RetryPolicy } from '@bifrost/contract'
import { FatalError, sleep, step, UserError, workflows } from 'bifrost'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'

type StepOp = {
  op: 'step'
  name: string
  ms: number
  /** So many attempts fail. */
  failTimes: number
  fatal: boolean
  retries: number
  backoffSeconds: number
  timeoutSeconds: number | null
  undo: boolean
  handsOver: boolean
}

export type Op =
  | StepOp
  | { op: 'sleep'; ms: number }
  | { op: 'suspend'; name: string; timeoutMs: number | null }
  | { op: 'child'; workflow: string; timeoutMs: number | null }
  | { op: 'pause'; ms: number }
  | { op: 'all'; arms: Op[][] }
  | { op: 'race'; name: string; arms: Op[] }
  | { op: 'loop'; times: number; body: Op[] }
  | { op: 'fail'; user: boolean; onAttempts: number }

export interface Program {
  id: string
  name: string
  durable: boolean
  ops: Op[]
  timeoutMs: number
  retryPolicy: RetryPolicy | null
}

/** Workflows that a seed makes up: what authors write, in all its combinations. */
export function makePrograms(random: Random): Program[] {
  const leaf = makeProgram(random, 'leaf', [])
  const plain: Program = {
    id: random.id(0),
    name: 'plain',
    durable: false,
    ops: [{ op: 'pause', ms: random.int(1, 3000) }, ...(random.chance(0.3) ? [fail(random)] : [])],
    timeoutMs: random.chance(0.2) ? 1500 : 60_000,
    retryPolicy: retryPolicy(random),
  }
  const parents = ['branch', 'trunk'].map((name) => makeProgram(random, name, ['leaf', 'leaf', 'plain']))
  return [leaf, plain, ...parents]
}

function makeProgram(random: Random, name: string, children: string[]): Program {
  let names = 0
  const newName = () => (random.chance(0.15) ? 's0' : `s${++names}`)
  const ops = makeOps(random, random.int(1, 5), 0, newName, children)
  if (random.chance(0.25)) ops.push(fail(random))
  return {
    id: random.id(0),
    name,
    durable: true,
    ops,
    timeoutMs: random.chance(0.1) ? random.int(500, 8000) : 300_000,
    retryPolicy: random.chance(0.4) ? retryPolicy(random) : null,
  }
}

const fail = (random: Random): Op => ({
  op: 'fail',
  user: random.chance(0.2),
  onAttempts: random.pick([1, 2, 99]),
})

const retryPolicy = (random: Random): RetryPolicy | null =>
  random.chance(0.5)
    ? null
    : {
        max_retries: random.int(1, 2),
        delay_seconds: random.int(0, 3),
        backoff: random.pick(['fixed', 'exponential'] as const),
        max_delay_seconds: 10,
      }

function makeOps(random: Random, count: number, depth: number, name: () => string, children: string[]): Op[] {
  return Array.from({ length: count }, () => makeOp(random, depth, name, children))
}

function makeOp(random: Random, depth: number, name: () => string, children: string[]): Op {
  const what = random.next()
  if (what < 0.5 || depth > 2) return makeStep(random, name())
  if (what < 0.6) return { op: 'sleep', ms: random.pick([0, 5, 400, 3000, 9000]) }
  if (what < 0.68)
    return { op: 'suspend', name: name(), timeoutMs: random.chance(0.4) ? random.int(1, 9000) : null }
  if (what < 0.76 && children.length > 0)
    return {
      op: 'child',
      workflow: random.pick(children),
      timeoutMs: random.chance(0.3) ? random.int(1, 6000) : null,
    }
  if (what < 0.9) {
    const arms = Array.from({ length: random.int(2, 3) }, () =>
      makeOps(random, random.int(1, 2), depth + 1, name, children),
    )
    return { op: 'all', arms }
  }
  if (what < 0.95)
    return {
      op: 'race',
      name: name(),
      arms: [makeStep(random, name()), { op: 'sleep', ms: random.int(1, 3000) }],
    }
  return {
    op: 'loop',
    times: random.int(2, 3),
    body: makeOps(random, random.int(1, 2), depth + 1, name, children),
  }
}

const makeStep = (random: Random, name: string): StepOp => ({
  op: 'step',
  name,
  ms: random.pick([0, 0, 1, 30, 200, 1500]),
  failTimes: random.chance(0.25) ? random.int(1, 3) : 0,
  fatal: random.chance(0.1),
  retries: random.chance(0.5) ? random.int(1, 3) : 0,
  backoffSeconds: random.pick([0, 0.01, 1, 3]),
  timeoutSeconds: random.chance(0.1) ? 0.1 : null,
  undo: random.chance(0.3),
  handsOver: random.chance(0.1),
})

/** Who runs a program: one claim of a run. */
export interface Caller {
  executionId: string
  attempt: number
  claim: number
}

/** The function of a program, as its author would have written it; the ledger hears of everything. */
export function programFunction(program: Program, ledger: Ledger) {
  return async (context: Caller): Promise<unknown> => {
    const { executionId } = context
    ledger.codeBegins(executionId, context, program.durable)
    let count = 0
    const learns = (value: string) => ledger.learns(executionId, context, value, count++)
    const author = { context, ledger, learns }
    for (const op of program.ops) await perform(op, author)
    return { by: executionId, learned: count }
  }
}

interface Author {
  context: Caller
  ledger: Ledger
  learns(value: string): void
}

async function perform(op: Op, author: Author): Promise<void> {
  const { context, ledger, learns } = author
  switch (op.op) {
    case 'pause':
      await new Promise((resolve) => setTimeout(resolve, op.ms))
      return
    case 'sleep': {
      await sleep(op.ms / 1000)
      learns('slept')
      return
    }
    case 'step':
      learns(await performStep(op, author).catch((error: Error) => caught(error)))
      return
    case 'suspend': {
      const value = await step(op.name, ({ idempotencyKey, suspend, isResuming, resumeData }) => {
        const own = ledger.bodyBegins(idempotencyKey, context.executionId, context.claim)
        if (!isResuming) return suspend(op.timeoutMs === null ? {} : { timeout: op.timeoutMs / 1000 })
        return `${own} answer ${JSON.stringify(resumeData ?? null)}`
      })
      learns(value)
      return
    }
    case 'child':
      try {
        const options = op.timeoutMs === null ? {} : { timeout: op.timeoutMs / 1000 }
        learns(`child ${JSON.stringify(await workflows.run(op.workflow, {}, options))}`)
      } catch (error) {
        learns(caught(error as Error))
      }
      return
    case 'all':
      await Promise.all(
        op.arms.map(async (arm) => {
          for (const one of arm) await perform(one, author)
        }),
      )
      return
    case 'race': {
      const arms = op.arms.map(async (arm, index) => {
        await perform(arm, author)
        return index
      })
      const first = await Promise.race(arms)
      await perform({ ...plainStep, name: `${op.name}-won-${first}` }, author)
      await Promise.all(arms)
      return
    }
    case 'loop':
      for (let round = 0; round < op.times; round++) for (const one of op.body) await perform(one, author)
      return
    case 'fail':
      if (context.attempt > op.onAttempts) return
      if (op.user) throw new UserError('refused')
      throw new Error(`attempt ${context.attempt} fails`)
  }
}

const plainStep: StepOp = {
  op: 'step',
  name: '',
  ms: 0,
  failTimes: 0,
  fatal: false,
  retries: 0,
  backoffSeconds: 1,
  timeoutSeconds: null,
  undo: false,
  handsOver: false,
}

/** An error that a run was given; one of the platform's own is no matter for the author's catch. */
function caught(error: Error): string {
  if (error.name === 'StepError' || error.name === 'ChildRunError') return `error ${error.message}`
  throw error
}

function performStep(op: StepOp, { context, ledger }: Author): Promise<string> {
  let place = ''
  const options = {
    retries: op.retries,
    backoffSeconds: op.backoffSeconds,
    ...(op.timeoutSeconds === null ? {} : { timeoutSeconds: op.timeoutSeconds }),
    ...(op.undo
      ? {
          undo: (output: string) =>
            void ledger.bodyBegins(undoPlace(output), context.executionId, context.claim),
        }
      : {}),
    ...(op.handsOver
      ? { onFailure: () => ledger.bodyBegins(place, context.executionId, context.claim) }
      : {}),
  }
  return step(op.name, options, async ({ attempt, idempotencyKey }) => {
    place = idempotencyKey
    const value = ledger.bodyBegins(place, context.executionId, context.claim)
    if (op.ms > 0) await new Promise((resolve) => setTimeout(resolve, op.ms))
    if (attempt <= op.failTimes) throw op.fatal ? new FatalError(value) : new Error(value)
    return value
  })
}

/** `<execution>/undo <key>#1`, the place of the step that takes this output back. */
function undoPlace(output: string): string {
  const [place = ''] = output.split('=')
  const slash = place.indexOf('/')
  return `${place.slice(0, slash)}/undo ${place.slice(slash + 1)}#1`
}
