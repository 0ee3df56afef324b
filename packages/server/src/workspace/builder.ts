import { limits } from '@bifrost/contract'
import type { Containment } from '../platform/containment/containment.ts'
import { ownerSlug } from '../platform/file-owner.ts'
import { BuilderPool } from './builder-pool.ts'
import { type Budget, BuilderProcess } from './builder-process.ts'
import { type BuilderKind, builderStarter } from './builder-start.ts'
import { PatientAnalysis } from './patient-analysis.ts'
import { buildPatiently } from './patient-bundle.ts'
import { Quarantine } from './quarantine.ts'
import { holderWithoutCustomer } from './share-holders.ts'
import type { Builder } from './types.ts'

export { BuildError, isBuildError } from './builder/build-error.ts'
export { listOwners } from './owners.ts'

export interface BuilderOptions {
  workspaceDir: string
  /** Whose share the requests of an owner count for; without it, each owner has its own. */
  holderOf?: (owner: string | null) => string
  /** How long a builder process lives without work. */
  idleMs?: number
  log?: (message: string) => void
  /** Contains its processes; asked when the first one starts. Without it they may do what this process may. */
  contained?: { by: () => Containment; dataDir: string }
  /** Other than the platform's limits; for tests. */
  budgets?: Partial<BuilderBudgets>
}

export interface BuilderBudgets {
  analysis: Budget
  preview: Budget
  bundle: Budget
}

const residentBytes = limits.builderMemoryBytesMax
const budgetsDefault: BuilderBudgets = {
  analysis: { cpuMs: limits.buildAnalysisTimeMs, fileCpuMs: limits.buildFileTimeMs, residentBytes },
  preview: { cpuMs: limits.buildPreviewTimeMs, fileCpuMs: limits.buildPreviewTimeMs, residentBytes },
  bundle: { cpuMs: limits.buildBundleTimeMs, fileCpuMs: limits.buildFileTimeMs, residentBytes },
}

/** It is not known that these files are being edited: the memory of their types is worth more than a fast answer to the first edit. */
const AFTER_FIRST_READING_MS = 3_000

/** With the pools, for tests. */
export interface PooledBuilder extends Builder {
  readonly pools: Readonly<Record<BuilderKind, BuilderPool>>
}

/**
 * The builder of one workspace folder. Each owner has processes of its own, each only while there is work for it: one
 * has TypeScript's checker, one has the bundler, so that a run never waits for a scan. What ends a process is found, and
 * not tried again before it changes.
 */
export function createBuilder(options: BuilderOptions): PooledBuilder {
  const { workspaceDir, idleMs = 30_000, log = () => {}, contained } = options
  const { holderOf = holderWithoutCustomer } = options
  const budgets = { ...budgetsDefault, ...options.budgets }
  const start = builderStarter({ workspaceDir, contained: contained ?? null })
  const poolOf = (kind: BuilderKind) =>
    new BuilderPool({
      make: (owner) => new BuilderProcess({ idleMs, start: () => start(kind, owner) }),
      holderOf,
      placesMax: limits.buildersMax,
      waitingMax: limits.builderWaitingMax,
      busyMs: limits.buildFileTimeMs,
    })
  const pools = { checker: poolOf('checker'), bundler: poolOf('bundler') }
  const quarantine = new Quarantine(workspaceDir)
  const analysis = new PatientAnalysis({ workspaceDir, quarantine, budgets, log })
  const bundling = { quarantine, budget: budgets.bundle, log }
  return {
    pools,
    analyze: (owner, changed) =>
      pools.checker.run(owner, (process) => {
        process.endAfter(changed ? Number.POSITIVE_INFINITY : AFTER_FIRST_READING_MS)
        return analysis.analyze(process, owner, changed)
      }),
    preview: (path, text) =>
      pools.checker.run(ownerSlug(path), (process) => {
        process.endAfter(Number.POSITIVE_INFINITY)
        return analysis.preview(process, path, text)
      }),
    typeErrors: (owner) => pools.checker.run(owner, (process) => analysis.typeErrors(process, owner)),
    bundle: (path) =>
      pools.bundler.run(ownerSlug(path), (process) =>
        buildPatiently(bundling, process, { owner: ownerSlug(path), path, code: null }),
      ),
    bundleCode: (owner, code, language = 'typescript') =>
      pools.bundler.run(owner, (process) =>
        buildPatiently(bundling, process, { owner, path: '', code, language }),
      ),
    knownHarm: (owner) => quarantine.known(owner),
    recallHarm: (owner, harm) => quarantine.recall(owner, harm),
    screenRuntime: () =>
      pools.bundler.run(null, (process) => process.ask('screenRuntime', [], budgets.bundle)),
    async stop() {
      await Promise.all([pools.checker.stop(), pools.bundler.stop()])
    },
  }
}
