import { limits, type SourceNote } from '@bifrost/contract'
import { ownerSlug } from '../platform/file-owner.ts'
import { isScanned, listScanned, noteOfFile } from './builder/source-files.ts'
import type { BuilderBudgets } from './builder.ts'
import type { Owner } from './builder-pool.ts'
import { type Budget, BuilderEndedError, type BuilderProcess } from './builder-process.ts'
import { harmText, keyOf, type Quarantine, UNREAD_TEXT } from './quarantine.ts'
import type { AnalyzedFile } from './types.ts'

export interface PatientAnalysisOptions {
  workspaceDir: string
  quarantine: Quarantine
  budgets: BuilderBudgets
  log: (message: string) => void
}

/** However many slow files there are, each gets this much of the time for one. */
const FILE_SHARE_MIN = 0.4

/** Asks a checker until it answers: what ended it is put aside, and the rest is asked again. */
export class PatientAnalysis {
  readonly #options: PatientAnalysisOptions
  /** Files that a former analysis did not get to; the next one reads them, too. */
  readonly #unread = new Map<Owner, Set<string>>()

  constructor(options: PatientAnalysisOptions) {
    this.#options = options
  }

  async analyze(process: BuilderProcess, owner: Owner, changed?: string[]): Promise<AnalyzedFile[]> {
    const { quarantine, budgets } = this.#options
    const wanted = changed && [...new Set([...changed, ...(this.#unread.get(owner) ?? [])])]
    const ask = (budget: Budget) =>
      process.ask('analyze', [wanted ?? null, quarantine.refusals(owner)], budget)
    const asked = await this.#insist(owner, budgets.analysis, ask)
    const harmful = asked.harmful.map(({ path, message }) => broken(path, message))
    if (asked.answer !== null) {
      this.#unread.delete(owner)
      // A process that read hostile files says nothing about those of others.
      const files = asked.answer.filter((file) => ownerSlug(file.path) === owner)
      const answered = new Set(files.map((file) => file.path))
      return [...files, ...harmful.filter(({ path }) => isScanned(path) && !answered.has(path))]
    }
    const all = wanted ?? listScanned(this.#options.workspaceDir, owner).paths
    const unread = all.filter((path) => isScanned(path) && ownerSlug(path) === owner)
    this.#unread.set(owner, new Set(unread))
    const known = new Map(quarantine.refusals(owner).map(({ path, message }) => [path, message]))
    return unread.map((path) => broken(path, known.get(path) ?? UNREAD_TEXT))
  }

  async preview(process: BuilderProcess, path: string, text: string): Promise<AnalyzedFile> {
    const { quarantine, budgets } = this.#options
    const owner = ownerSlug(path)
    const key = keyOf('preview', path, text)
    const held = quarantine.held(key)
    if (held !== null) return broken(path, held)
    const ask = (budget: Budget) => {
      const refused = quarantine.refusals(owner).filter((one) => one.path !== path)
      return process.ask('preview', [path, text, refused], budget)
    }
    const asked = await this.#insist(owner, budgets.preview, ask, path)
    if (asked.answer !== null) return { ...asked.answer, path }
    const message = asked.harmful.find((one) => one.path === path)?.message ?? harmText('time')
    quarantine.hold(owner, key, message, [])
    return broken(path, message)
  }

  async typeErrors(process: BuilderProcess, owner: Owner): Promise<SourceNote[]> {
    const { quarantine, budgets } = this.#options
    const ask = (budget: Budget) => process.ask('typeErrors', [quarantine.refusals(owner)], budget)
    const asked = await this.#insist(owner, budgets.analysis, ask)
    const harmful = asked.harmful.map(({ path, message }) => noteOfFile(path, message))
    return asked.answer ?? (harmful.length > 0 ? harmful : [noteOfFile(folderOf(owner), UNREAD_TEXT)])
  }

  /** `only`: a file that is not saved; once it is to blame there is no answer. */
  async #insist<T>(
    owner: Owner,
    budget: Budget,
    ask: (budget: Budget) => Promise<T>,
    only?: string,
  ): Promise<{ answer: T | null; harmful: { path: string; message: string }[] }> {
    const { quarantine, log } = this.#options
    const harmful: { path: string; message: string }[] = []
    const crashedAt = new Set<string>()
    let left = budget.cpuMs
    for (let slow = 0; left > 0; ) {
      const share = Math.max(FILE_SHARE_MIN, 0.5 ** slow)
      try {
        return { answer: await ask({ ...budget, cpuMs: left, fileCpuMs: budget.fileCpuMs * share }), harmful }
      } catch (error) {
        if (!(error instanceof BuilderEndedError)) throw error
        const { reason, spentMs } = error
        log(`A builder process ended (${reason}) at ${error.at ?? 'no file'}: ${error.message}`)
        left -= spentMs
        const at = error.at !== null && quarantine.isPlausible(owner, error.at) ? error.at : null
        if (reason === 'time') break
        // It may have been ended from outside; a file that does it is there again the second time.
        const isFirst = reason === 'crash' && !crashedAt.has(at ?? '')
        crashedAt.add(at ?? '')
        if (isFirst) continue
        if (at === null) break
        const message = harmText(reason)
        harmful.push({ path: at, message })
        if (at === only) break
        quarantine.refuse(owner, at, message)
        if (reason === 'file-time') slow++
        if (harmful.length > limits.sourceFilesMax) break
      }
    }
    return { answer: null, harmful }
  }
}

const broken = (path: string, message: string): AnalyzedFile => ({
  path,
  error: noteOfFile(path, message),
  executables: [],
})

const folderOf = (owner: Owner): string => (owner === null ? '.' : `organizations/${owner}`)
