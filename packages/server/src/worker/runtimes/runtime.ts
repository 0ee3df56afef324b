import type { Language } from '@bifrost/contract'

/** How a child process for one language is started. */
export interface Runtime {
  language: Language
  /** How many runs one process has at the same time. */
  runsMax: number
  program: string
  /** `folder`: the only place that it may write. `hasProxy`: its connections are made for it, through descriptor 5. `site`: packages that it may import. */
  args(options: { folder: string; hasProxy: boolean; site?: string | undefined }): string[]
  /** Files and folders that it may read, beside the libraries of the system. */
  readable: readonly string[]
}

/** A language that cannot be run on this machine, and what to do about it. */
export interface MissingRuntime {
  language: Language
  problem: string
}

export const isMissing = <R extends Runtime>(runtime: R | MissingRuntime): runtime is MissingRuntime =>
  'problem' in runtime
