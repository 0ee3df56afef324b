import { AppError, isMethodName, methods } from '@bifrost/contract'
import type { CheckableRun, HistoryOutcome } from '../engine/run/checkable.ts'
import { originOf } from '../engine/start/run-origin.ts'
import type { Query } from '../platform/database.ts'
import { type OrgScope, shareHolderOf } from '../platform/scope.ts'
import { callSdkMethod, type SdkMethods } from '../tenancy/sdk-method.ts'
import type { CodeVersion } from '../workspace/code-versions.ts'
import { factsOf, metadataOf } from './attempt.ts'
import type { Child } from './child.ts'
import type { Pool, PoolRun } from './pool.ts'
import { Redactor } from './redaction/redactor.ts'
import { formOf } from './run-form.ts'

const CHECK_MS = 5000
/** After its time, the check does not wait for the child. */
const GRACE_MS = 1000
const AT_ONCE = 16

const nothing = { next: null, expected: null, asked: null, message: null }

/** Leads code along the histories of runs, in processes that run nothing else; no step runs, and nothing is written. */
const READS = Object.entries(methods).flatMap(([name, { effect }]) => (effect === 'read' ? [name] : []))

export class HistoryChecker {
  readonly #query: Query
  readonly #pool: () => Promise<Pool>
  readonly #methods: () => Partial<SdkMethods>
  readonly #publicUrl: () => string

  constructor(options: {
    query: Query
    pool: () => Promise<Pool>
    sdkMethods: () => Partial<SdkMethods>
    publicUrl: () => string
  }) {
    this.#publicUrl = options.publicUrl
    this.#query = options.query
    this.#pool = options.pool
    this.#methods = options.sdkMethods
  }

  /** The outcome of each run, in order. */
  async check(scope: OrgScope, code: CodeVersion, runs: readonly CheckableRun[]): Promise<HistoryOutcome[]> {
    const pool = await this.#pool()
    const outcomes: HistoryOutcome[] = []
    const waiting = runs.map((run, index) => ({ run, index }))
    const one = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        outcomes[next.index] = await this.#checkOne(pool, scope, code, next.run)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
    return outcomes
  }

  #checkOne(pool: Pool, scope: OrgScope, code: CodeVersion, run: CheckableRun): Promise<HistoryOutcome> {
    const executable = code.executables.find((one) => one.name === run.workflow_name)
    if (!executable)
      return Promise.resolve({
        ...nothing,
        outcome: 'fails',
        message: `The code no longer defines "${run.workflow_name}".`,
      })
    return new Promise((resolve) => {
      let child: Child | null = null
      let number = 0
      // The code of a check may read what a run may, and say it in an error.
      let redactor = new Redactor()
      const end = (outcome: HistoryOutcome) => {
        clearTimeout(timer)
        resolve(redactor.value(outcome))
      }
      const timer = setTimeout(() => {
        if (child) {
          child.forget(number)
          pool.retire(child)
          child.kill({ code: 'killed', message: 'A check did not end.' })
        } else pool.withdraw(events)
        end({ ...nothing, outcome: 'unknown', message: 'The check took too long.' })
      }, CHECK_MS + GRACE_MS)
      const broke = () => end({ ...nothing, outcome: 'unknown', message: 'The check was interrupted.' })
      const events: PoolRun['events'] = {
        started: (startedIn, given) => {
          child = startedIn
          redactor = startedIn.redactor
          number = given
        },
        call: ({ call, method, args }) => {
          void this.#answer(scope, run.id, code.path, method, args, redactor).then((answer) => {
            if (child && !child.ended) void child.reply(call, answer)
          })
        },
        checked: ({ outcome, next, expected, asked, message }) => {
          // A run that failed before may fail in the same way again.
          const same = outcome === 'fails' && run.status === 'FAILED'
          end({ outcome: same ? 'fits' : outcome, next, expected, asked, message: same ? null : message })
        },
        loadFailed: ({ message }) => end({ ...nothing, outcome: 'fails', message }),
        lost: ({ message }) => end({ ...nothing, outcome: 'unknown', message }),
        log: () => {},
        columns: () => {},
        stepStarted: () => {},
        stepEnded: broke,
        wait: broke,
        suspended: broke,
        undoing: broke,
        done: broke,
        failed: broke,
      }
      pool.run({
        // Not among the processes of runs: what a check does to its process is no run's trouble.
        orgId: `${scope.orgId}/check`,
        shareHolder: `${shareHolderOf(scope)}/check`,
        code,
        message: {
          type: 'check',
          reads: READS,
          target: {
            exportName: executable.exportName,
            arguments: executable.arguments,
            parameters: executable.parameters,
            metadata: metadataOf(executable, code.path),
          },
          input: run.input,
          context: {
            executionId: run.id,
            workflowId: run.workflow_id,
            workflowName: run.workflow_name,
            orgId: scope.orgId,
            orgName: run.org_name,
            organization: factsOf(scope),
            userId: run.user_id,
            email: run.email,
            name: run.user_name,
            isPlatformAdmin: run.role === 'platform_admin',
            isGlobalScope: scope.owner === null,
            publicUrl: this.#publicUrl(),
            attempt: Math.max(1, run.attempt),
            timeSaved: 0,
            value: 0,
            form: formOf(originOf(run)),
          },
          timeoutMs: CHECK_MS,
          journal: run.journal,
        },
        events,
      })
    })
  }

  /** The child asks for reads alone; that is looked at here, too. */
  async #answer(
    scope: OrgScope,
    executionId: string,
    codePath: string,
    method: string,
    args: Record<string, unknown>,
    redactor: Redactor,
  ) {
    try {
      if (!isMethodName(method) || methods[method].effect !== 'read')
        throw new AppError('forbidden', `A check does not call ${method}.`)
      const run = {
        executionId,
        codePath,
        isInline: false,
        addSecret: (secret: unknown) => redactor.add(secret),
        redact: (json: string) => redactor.json(json),
      }
      // As in a run: the code of an organization is lent no rights for others by the person who asks for the check.
      return await callSdkMethod(this.#query, this.#methods(), { scope, run }, method, args)
    } catch (error) {
      const known = error instanceof AppError
      return {
        error: {
          code: known ? error.code : 'internal',
          message: known ? error.message : `${method} failed inside the platform.`,
        },
      }
    }
  }
}
