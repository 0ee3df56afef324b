import type { SourceNote } from '@bifrost/contract'
import type { AnalyzedFile } from '../types.ts'
import type { Analyzer } from './analyzer.ts'
import type { Refusal } from './messages.ts'
import { type Progress, silent } from './progress.ts'
import type { PythonAnalyzer } from './python/analyzer.ts'
import { isPython, listScanned, REQUIREMENTS } from './source-files.ts'

const isOfPython = (path: string): boolean => isPython(path) || REQUIREMENTS.test(path)

/** Reads the workflows of one owner in every language. Each language's part is loaded when there is a file for it. */
export class Analysis {
  readonly #workspaceDir: string
  readonly #owner: string | null
  readonly #progress: Progress
  #typescript: Analyzer | null = null
  #python: PythonAnalyzer | null = null

  constructor(workspaceDir: string, owner: string | null = null, progress: Progress = silent) {
    this.#workspaceDir = workspaceDir
    this.#owner = owner
    this.#progress = progress
  }

  /** All files of the owner, or those that a change touches. */
  async analyze(changed?: readonly string[], refused: readonly Refusal[] = []): Promise<AnalyzedFile[]> {
    const scanned = changed ?? listScanned(this.#workspaceDir, this.#owner).paths
    const isFirst = changed === undefined
    const python = scanned.filter(isOfPython)
    const others = scanned.filter((path) => !isOfPython(path))
    const files: AnalyzedFile[] = []
    if (others.length > 0 || (isFirst && this.#typescript))
      files.push(...(await this.#ofTypeScript()).analyze(isFirst ? undefined : others, refused))
    if (python.length > 0 || (isFirst && this.#python))
      files.push(...(await this.#ofPython()).analyze(isFirst ? undefined : python, refused))
    return files
  }

  async preview(path: string, text: string, refused: readonly Refusal[] = []): Promise<AnalyzedFile> {
    return isPython(path)
      ? (await this.#ofPython()).preview(path, text, refused)
      : (await this.#ofTypeScript()).preview(path, text, refused)
  }

  /** Type errors of TypeScript, and what keeps Python files from being read. */
  async typeErrors(refused: readonly Refusal[] = []): Promise<SourceNote[]> {
    const { paths } = listScanned(this.#workspaceDir, this.#owner)
    const notes = paths.every(isPython) ? [] : (await this.#ofTypeScript()).typeErrors(refused)
    const files = paths.some(isPython) ? (await this.#ofPython()).analyze(undefined, refused) : []
    return [...notes, ...files.flatMap((file) => file.error ?? [])]
  }

  async #ofTypeScript(): Promise<Analyzer> {
    this.#typescript ??= (await import('./analyzer.ts')).createAnalyzer(
      this.#workspaceDir,
      this.#owner,
      this.#progress,
    )
    return this.#typescript
  }

  async #ofPython(): Promise<PythonAnalyzer> {
    this.#python ??= (await import('./python/analyzer.ts')).createPythonAnalyzer(
      this.#workspaceDir,
      this.#owner,
      this.#progress,
    )
    return this.#python
  }
}
