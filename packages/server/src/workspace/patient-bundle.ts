import type { Language } from '@bifrost/contract'
import { BuildError } from './builder/build-error.ts'
import type { Owner } from './builder-pool.ts'
import { type Budget, BuilderEndedError, type BuilderProcess } from './builder-process.ts'
import { inlinePath } from './code-versions.ts'
import { BUNDLE_HARM, keyOf, type Quarantine } from './quarantine.ts'
import type { Bundle } from './types.ts'

export interface PatientBundleOptions {
  quarantine: Quarantine
  budget: Budget
  log: (message: string) => void
}

/** Files that decide about a bundle, whichever others become part of it. */
const ALWAYS = ['tsconfig.json', 'package.json']

/** Asks a bundler; code that ends the process is a mistake of its author, and not tried again before it changes. */
export async function buildPatiently(
  { quarantine, budget, log }: PatientBundleOptions,
  process: BuilderProcess,
  {
    owner,
    path,
    code,
    language = 'typescript',
  }: { owner: Owner; path: string; code: string | null; language?: Language },
): Promise<Bundle> {
  const key = keyOf('bundle', owner, path, code, language)
  const entry = code === null ? path : inlinePath(language)
  const failed = (message: string) => new BuildError({ message, path: entry, line: null, column: null })
  const held = quarantine.held(key)
  if (held !== null) throw failed(held)
  for (let crashes = 0; ; crashes++) {
    try {
      return code === null
        ? await process.ask('bundle', [path], budget)
        : await process.ask('bundleCode', [code, language], budget)
    } catch (error) {
      if (!(error instanceof BuilderEndedError)) throw error
      log(`A builder process ended (${error.reason}) at ${error.at ?? entry}: ${error.message}`)
      if (error.reason === 'crash' && crashes === 0) continue
      const files = [...error.reported].filter((file) => quarantine.isPlausible(owner, file))
      const message = BUNDLE_HARM[error.reason]
      const about = code === null ? [...ALWAYS, path, ...files] : [...ALWAYS, ...files]
      quarantine.hold(owner, key, message, about)
      throw failed(message)
    }
  }
}
