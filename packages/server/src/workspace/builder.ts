import { BuilderProcess } from './builder-process.ts'
import type { Builder } from './types.ts'

export { BuildError, isBuildError } from './builder/build-error.ts'

export interface BuilderOptions {
  workspaceDir: string
  /** How long a builder process lives without work. */
  idleMs?: number
  log?: (message: string) => void
  /** A folder that only the platform can write to; compiled code of TypeScript is kept there, for a quicker start. */
  cacheDir?: string
}

// Parsing a large workspace makes millions of small objects that all stay; a larger nursery saves a third of the time.
const checkerOptions = ['--max-old-space-size=4096', '--min-semi-space-size=64', '--max-semi-space-size=64']

const timeouts = { analyseMs: 120_000, bundleMs: 60_000 }

/**
 * The builder of one workspace folder. Two processes, each only while there is work for it: one has TypeScript's
 * checker, one has the bundler, so that a run never waits for a scan.
 */
export function createBuilder(options: BuilderOptions): Builder {
  const { workspaceDir, idleMs = 30_000, log = () => {}, cacheDir } = options
  const shared = { workspaceDir, idleMs, log, cacheDir }
  const checker = new BuilderProcess({ ...shared, nodeOptions: checkerOptions })
  const bundler = new BuilderProcess({ ...shared, nodeOptions: [] })
  return {
    analyse: (changed) => checker.ask('analyse', [changed], timeouts.analyseMs),
    preview: (path, text) => checker.ask('preview', [path, text], timeouts.analyseMs),
    typeErrors: () => checker.ask('typeErrors', [], timeouts.analyseMs),
    bundle: (path) => bundler.ask('bundle', [path], timeouts.bundleMs),
    bundleCode: (code) => bundler.ask('bundleCode', [code], timeouts.bundleMs),
    screenRuntime: () => bundler.ask('screenRuntime', [], timeouts.bundleMs),
    async stop() {
      await Promise.all([checker.stop(), bundler.stop()])
    },
  }
}
