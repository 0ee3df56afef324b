import type { MethodName } from '@bifrost/contract'
import type { Config } from '../config.ts'
import type { CheckableRun, Engine, HistoryOutcome, Job } from '../engine/engine.ts'
import type { Database } from '../platform/database.ts'
import type { Egress } from '../platform/egress/egress.ts'
import type { Implementation } from '../platform/http/implement.ts'
import type { OwnAddress } from '../platform/http/own-address.ts'
import type { Log } from '../platform/log.ts'
import type { Outbox } from '../platform/mail/mailer.ts'
import type { Notifier } from '../platform/notify.ts'
import type { Role } from '../platform/roles.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { Sealer } from '../platform/secrets/sealer.ts'
import type { SdkMethods } from '../tenancy/sdk-method.ts'
import type { CodeVersion, CodeVersions } from '../workspace/code-versions.ts'
import type { UnvettedFiles } from '../workspace/unvetted-files.ts'
import type { WorkflowCatalog } from '../workspace/workflow-catalog.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** What every feature gets: the parts of the platform of which a process has one. */
export interface FeatureContext {
  config: Config
  log: Log
  /** What this process does. */
  roles: readonly Role[]
  version: string
  db: Database
  notifier: Notifier
  engine: Engine
  sealer: Sealer
  egress: Egress
  workspace: WorkflowCatalog
  codeVersions: CodeVersions
  unvetted: UnvettedFiles
  /** Other processes use the same database and data folder. */
  shared: boolean
  /** Where people reach the platform, for links in emails. */
  publicUrl: string
  /** The same for links in answers: without the setting, the address where this process listens. */
  linkBase(): string
  ownAddress: OwnAddress
  /** Whether this installation sends email. */
  sendsMail: boolean
  /** The code that screens of tasks run on. */
  screenRuntime(): Promise<string>
  /** Replays histories against code; the outcome of each run, in order. */
  historyChecker: {
    check(scope: OrgScope, code: CodeVersion, runs: readonly CheckableRun[]): Promise<HistoryOutcome[]>
  }
  /** The methods of all features; there once all of them are created. */
  sdkMethods(): SdkMethods
  /** What would be left without its workflow, of all features, in words. */
  usesOf(scope: OrgScope, workflowId: string): Promise<string[]>
}

/** What a feature consists of. It leaves out what it does not have. */
export interface FeatureParts<Value = unknown, Methods extends Partial<SdkMethods> = Partial<SdkMethods>> {
  /** What features that need it get of it. */
  value?: Value
  /** Implementations of its routes. Only a process with the API has them, and the workspace with its files. */
  routes?(workspace: Workspace): Implementation[]
  /** Implementations of its methods of the SDK. */
  methods?: Methods
  /** What a scheduler does when its time has come. */
  jobs?: readonly Job[]
  /** Emails that a scheduler sends. */
  outbox?: Outbox
  /** Deletes what is old, once a day, in a scheduler. */
  cleanup?(): Promise<unknown>
  /** What of it would be left without that workflow, in words. */
  uses?(scope: OrgScope, workflowId: string): Promise<string[]>
  /** Before workflows are read and work begins. */
  prepare?(): Promise<void>
  /** When workflows are there, before work begins. */
  start?(): void
  /** When no request and no job comes any more, before the worker stops. */
  stop?(): void | Promise<void>
  /** When no run is left in this process. */
  close?(): void
}

/** A part of the product: its routes, methods, jobs and whatever else it has, as one value. */
export interface Feature<Value = unknown, Methods extends Partial<SdkMethods> = Partial<SdkMethods>> {
  create(
    context: FeatureContext,
    get: <Needed>(needed: Feature<Needed>) => Needed,
  ): FeatureParts<Value, Methods>
}

type Features = Readonly<Record<string, Feature>>
type ValuesOf<N extends Features> = {
  readonly [K in keyof N]: N[K] extends Feature<infer Value> ? Value : never
}

/** Declares a feature. It gets the platform, and the values of the features that it names in `needs`. */
export const feature = <
  Value,
  Methods extends Partial<SdkMethods> = Record<never, never>,
  N extends Features = Record<never, never>,
>(declared: {
  needs?: N
  create(context: FeatureContext, needs: ValuesOf<N>): FeatureParts<Value, Methods>
}): Feature<Value, Methods> => ({
  create: (context, get) =>
    declared.create(
      context,
      Object.fromEntries(
        Object.entries(declared.needs ?? {}).map(([name, needed]) => [name, get(needed)]),
      ) as ValuesOf<N>,
    ),
})

/** The names of the methods that one of the features implements. */
type MethodsOf<F> = F extends Feature<unknown, infer Methods> ? keyof Methods & MethodName : never

export interface CreatedFeatures<All extends Features> {
  /** Each after those that it needs. */
  parts: readonly FeatureParts[]
  /** Where every method is wanted, one that no feature implements is a type error. */
  methods: Pick<SdkMethods, MethodsOf<All[keyof All]>>
  valueOf<Value>(one: Feature<Value>): Value
}

/** Creates features, each after those that it needs. */
export function createFeatures<All extends Features>(
  features: All,
  given: Omit<FeatureContext, 'usesOf'>,
): CreatedFeatures<All> {
  const created = new Map<Feature, FeatureParts>()
  const context: FeatureContext = {
    ...given,
    async usesOf(scope, workflowId) {
      const uses = [...created.values()].map((parts) => parts.uses?.(scope, workflowId) ?? [])
      return (await Promise.all(uses)).flat()
    },
  }
  const partsOf = (one: Feature): FeatureParts => {
    const known = created.get(one)
    if (known) return known
    const parts = one.create(context, get)
    created.set(one, parts)
    return parts
  }
  const get = <Value>(one: Feature<Value>) => partsOf(one).value as Value
  for (const one of Object.values<Feature>(features)) partsOf(one)
  const parts = [...created.values()]
  return {
    parts,
    methods: Object.assign({}, ...parts.map(({ methods }) => methods)),
    valueOf: get,
  }
}
