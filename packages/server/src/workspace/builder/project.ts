import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { limits } from '@bifrost/contract'
import ts from 'typescript'
import { mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import { parseCarefully } from './careful-parse.ts'
import { compilerOptions } from './compiler-options.ts'
import { Fence } from './fence.ts'
import { isInside, slashes } from './inside.ts'
import { isFile } from './look.ts'
import type { Refusal } from './messages.ts'
import { widerThanItself } from './own-declarations.ts'
import { platformPackages } from './platform-packages.ts'
import type { Progress } from './progress.ts'
import { sdkEntry } from './sdk-module.ts'
import { checkedSource, readPackageFile, readSource, TOO_DEEP } from './source-files.ts'

interface Imports {
  files: string[]
  /** The names in imports that lead nowhere. */
  lost: ts.StringLiteralLike[]
}

/** Imported as text, so that TypeScript must be told what they are. */
const ASSETS = /\.(txt|csv|md|sql|html)$/
/** What only the bundler of screens knows. */
const SCREEN_ASSETS = /\.(css|svg|png|jpg|gif|webp|woff2)$/
const ASSETS_FILE = 'bifrost-assets.d.ts'
const ASSETS_TEXT = ['txt', 'csv', 'md', 'sql', 'html']
  .map((extension) => `declare module '*.${extension}' { const text: string; export default text }`)
  .join('\n')

const TOO_MUCH = `This file was not read: what its owner's files are and import is more than ${limits.analysisBytesMax / 1024 ** 2} MB together.`

const OF_SCREENS = /^(bifrost\/screen|react(-dom)?(\/.*)?)$/

/** Declarations of TypeScript and Node that come with the platform never change, and are the same for every workspace. */
const PLATFORM_TYPES = /\/node_modules\/(typescript\/lib|@types\/node|undici-types)\//
const platformSources = new Map<string, ts.SourceFile>()

/**
 * The workspace as TypeScript sees it. Source files and what they import are kept between updates; only what changed
 * is read and checked again.
 */
export class Project {
  /** The workspace folder without symbolic links. */
  readonly root: string
  /** The organization whose files are read, by its slug; null: everybody's. */
  readonly owner: string | null
  readonly sdkFile: string
  readonly #progress: Progress
  readonly #fence: Fence
  readonly #assets: string
  readonly #sources = new Map<string, ts.SourceFile | undefined>()
  /** What was parsed before; taken again when the text is still the same. */
  #earlier = new Map<string, ts.SourceFile | undefined>()
  readonly #problems = new Map<string, string>()
  readonly #imports = new Map<string, Imports>()
  /** Texts that are not saved yet. */
  readonly #pretended = new Map<string, string>()
  /** Files that did harm, with what to say of them. */
  #refused = new Map<string, string>()
  #bytes = 0
  readonly #foreign = new WeakSet<ts.StringLiteralLike>()
  #options: ts.CompilerOptions
  #resolutions: ts.ModuleResolutionCache
  #program: ts.Program | undefined
  /** Something was read again since the program was built. */
  #stale = false
  #roots = new Set<string>()
  #invalidated = new Set<string>()

  constructor(workspaceDir: string, owner: string | null, progress: Progress) {
    this.root = realpathSync(workspaceDir)
    this.owner = owner
    this.#progress = progress
    this.sdkFile = sdkEntry()
    this.#assets = join(this.root, ASSETS_FILE)
    this.#fence = new Fence(this.root, owner)
    this.#options = compilerOptions(this.root, this.#fence.host)
    this.#resolutions = this.#newResolutions()
  }

  get program(): ts.Program {
    if (!this.#program || this.#stale) this.#program = this.#build(this.#program)
    return this.#program
  }

  /** Path of a file within the workspace; null for files of packages, of the SDK and of TypeScript. */
  pathOf(fileName: string): string | null {
    if (!isInside(this.root, fileName)) return null
    const path = slashes(relative(this.root, fileName))
    return path === ASSETS_FILE || path.split('/').includes('node_modules') ? null : path
  }

  fileOf = (path: string): string => join(this.root, path)

  /** Why a file could not be read as text. */
  problemOf(path: string): string | undefined {
    return this.#problems.get(this.fileOf(path))
  }

  /** What a workspace file imports, as far as it lies in the workspace; empty for files outside the program. */
  importsOf = (path: string): Imports => this.#imports.get(this.fileOf(path)) ?? { files: [], lost: [] }

  /** The import leads into the folder of an organization that the file does not belong to. */
  isForeign = (literal: ts.StringLiteralLike): boolean => this.#foreign.has(literal)

  /** From the next update on a file has this text, whatever is saved; null: what is saved. */
  pretend(path: string, text: string | null): void {
    if (text === null) this.#pretended.delete(this.fileOf(path))
    else this.#pretended.set(this.fileOf(path), text)
  }

  /** From now on these files, and no others, are taken as empty; the answer are those for which that is new or over. */
  refuse(refused: readonly Refusal[]): string[] {
    const before = this.#refused
    this.#refused = new Map(refused.map(({ path, message }) => [this.fileOf(path), message]))
    const files = new Set([...before.keys(), ...this.#refused.keys()])
    const changed = [...files].filter((file) => before.has(file) !== this.#refused.has(file))
    return changed.map((file) => slashes(relative(this.root, file)))
  }

  /** The next program knows nothing that this one has worked out. */
  renew(): void {
    this.#stale = true
  }

  /** Starts over with these files: installed packages, tsconfig or anything else may differ. */
  reset(paths: readonly string[]): void {
    this.#fence.forget()
    const options = compilerOptions(this.root, this.#fence.host)
    const sameOptions = JSON.stringify(options) === JSON.stringify(this.#options)
    this.#earlier = sameOptions ? new Map([...this.#earlier, ...this.#sources]) : new Map()
    this.#sources.clear()
    this.#problems.clear()
    this.#imports.clear()
    this.#bytes = 0
    this.#options = options
    this.#resolutions = this.#newResolutions()
    this.#program = undefined
    this.#roots = new Set(paths.map(this.fileOf))
  }

  /** Reads the changed files again, and takes in those of `wanted` that it did not have. */
  update(changed: readonly string[], wanted: readonly string[]): void {
    for (const path of changed) {
      const file = this.fileOf(path)
      const before = this.#sources.get(file)
      const exists = this.#exists(file)
      if (!before || !exists) this.#cameOrWent(file)
      if (before) {
        this.#earlier.set(file, before)
        this.#bytes -= before.text.length
      }
      this.#sources.delete(file)
      this.#problems.delete(file)
      if (exists) continue
      this.#imports.delete(file)
      this.#roots.delete(file)
    }
    for (const file of wanted.map(this.fileOf))
      if (this.#roots.has(file) || this.#exists(file)) this.#roots.add(file)
    this.#stale = true
  }

  #exists(file: string): boolean {
    return this.#pretended.has(file) || isFile(file)
  }

  #newResolutions(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.root, (name) => name, this.#options)
  }

  /** A file that is new or gone changes what imports lead to. */
  #cameOrWent(file: string): void {
    this.#resolutions = this.#newResolutions()
    for (const [importer, { files, lost }] of this.#imports)
      if (lost.length > 0 || files.includes(file)) this.#invalidated.add(importer)
  }

  #build(oldProgram: ts.Program | undefined): ts.Program {
    const options = this.#options
    const host: ts.CompilerHost = {
      ...ts.createCompilerHost(options),
      ...this.#fence.host,
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getSourceFile: (name, languageOptions) => this.#read(name, languageOptions),
      fileExists: (name) => name === this.#assets || this.#fence.admits(name),
      resolveModuleNameLiterals: (literals, file, redirect) => this.#resolve(literals, file, redirect),
      hasInvalidatedResolutions: (path) => this.#invalidated.has(path),
    }
    const rootNames = [...this.#roots, this.#assets]
    const program = ts.createProgram({ rootNames, options, host, ...(oldProgram && { oldProgram }) })
    this.#progress('')
    this.#invalidated = new Set()
    this.#stale = false
    return program
  }

  #read(name: string, options: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    if (this.#sources.has(name)) return this.#sources.get(name)
    const source = this.#isPlatform(name)
      ? (platformSources.get(name) ?? this.#parse(name, options))
      : this.#parse(name, options)
    if (source && this.#isPlatform(name)) platformSources.set(name, source)
    this.#sources.set(name, source)
    this.#earlier.delete(name)
    return source
  }

  #isPlatform(name: string): boolean {
    return PLATFORM_TYPES.test(name) && platformPackages().folders.some((folder) => isInside(folder, name))
  }

  #parse(name: string, options: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    const own = this.pathOf(name) !== null
    const text = this.#textOf(name, own)
    if (text === undefined) return
    const earlier = this.#earlier.get(name)
    // The same object tells TypeScript that nothing changed.
    if (earlier?.text === text) return earlier
    const jsDocParsingMode = own ? ts.JSDocParsingMode.ParseAll : ts.JSDocParsingMode.ParseNone
    const given = typeof options === 'object' ? options : { languageVersion: options }
    if (isInside(this.root, name)) this.#progress(slashes(relative(this.root, name)))
    const parse = (shown: string) => ts.createSourceFile(name, shown, { ...given, jsDocParsingMode })
    const source = parseCarefully(() => parse(text), this.#options)
    const path = this.pathOf(name)
    const wide = path !== null && source && ownerSlug(path) !== null ? widerThanItself(source) : null
    const problem = source ? wide : TOO_DEEP
    if (source && !problem) return source
    if (problem) this.#problems.set(name, problem)
    return parse('')
  }

  #textOf(name: string, own: boolean): string | undefined {
    if (name === this.#assets) return ASSETS_TEXT
    if (this.#isPlatform(name)) return ts.sys.readFile(name)
    // A text that is not saved yet has no file to look at.
    if (!this.#pretended.has(name) && !this.#fence.admits(name)) return
    const text = own ? this.#ownText(name) : readPackageFile(name)
    this.#bytes += text?.length ?? 0
    if (this.#bytes <= limits.analysisBytesMax) return text
    if (own) this.#problems.set(name, TOO_MUCH)
    return ''
  }

  /** A file that cannot be read is an empty one for its importers, and its problem is noted. */
  #ownText(name: string): string | undefined {
    const refusal = this.#refused.get(name)
    if (refusal !== undefined) {
      this.#problems.set(name, refusal)
      return ''
    }
    const pretended = this.#pretended.get(name)
    const read = pretended === undefined ? readSource(name) : checkedSource(pretended)
    if (read?.problem) this.#problems.set(name, read.problem)
    return read ? (read.text ?? '') : undefined
  }

  #resolve(
    literals: readonly ts.StringLiteralLike[],
    file: string,
    redirect: ts.ResolvedProjectReference | undefined,
  ): ts.ResolvedModuleWithFailedLookupLocations[] {
    const own = this.pathOf(file) !== null
    const imports: Imports = { files: [], lost: [] }
    const lost = (literal: ts.StringLiteralLike) => {
      this.#foreign.add(literal)
      imports.lost.push(literal)
      return { resolvedModule: undefined } as never
    }
    const resolved = literals.map((literal): ts.ResolvedModuleWithFailedLookupLocations => {
      const specifier = literal.text
      if (specifier === 'bifrost')
        return { resolvedModule: { resolvedFileName: this.sdkFile, extension: ts.Extension.Ts } } as never
      // What screens have from their frame. Nothing of it is a workflow, and its types are many.
      if (own && OF_SCREENS.test(specifier)) return { resolvedModule: undefined } as never
      if (own && isRelative(specifier) && !this.#mayUse(file, join(dirname(file), specifier)))
        return lost(literal)
      const { host } = this.#fence
      const found = ts.resolveModuleName(specifier, file, this.#options, host, this.#resolutions, redirect)
      const leadsTo = found.resolvedModule?.resolvedFileName
      if (leadsTo && !this.#mayUse(file, leadsTo)) return lost(literal)
      if (leadsTo && this.#isOthersData(file, leadsTo)) return { resolvedModule: undefined } as never
      if (!own) return found
      const target = found.resolvedModule?.resolvedFileName
      if (target && this.pathOf(target) !== null) imports.files.push(target)
      else if (target && !isRelative(specifier) && this.#fence.isOfWorkspace(target)) return found
      else if (!this.#isKnownElsewhere(specifier, file)) {
        imports.lost.push(literal)
        return { resolvedModule: undefined } as never
      }
      return found
    })
    if (own) this.#imports.set(file, imports)
    return resolved
  }

  /** Modules that the bundler knows and TypeScript does not. */
  #isKnownElsewhere(specifier: string, file: string): boolean {
    if (isBuiltin(specifier)) return true
    const isAsset = ASSETS.test(specifier) || SCREEN_ASSETS.test(specifier)
    return isAsset && (!isRelative(specifier) || this.#fence.admits(join(dirname(file), specifier)))
  }

  #mayUse(user: string, file: string): boolean {
    return mayUseFile(this.#ownerOf(user), this.#ownerOf(file))
  }

  /** Of everybody's files an organization's code has code; even the shape of their data is not for it. */
  #isOthersData(user: string, file: string): boolean {
    return file.endsWith('.json') && this.#ownerOf(user) !== null && this.#ownerOf(file) === null
  }

  #ownerOf(file: string): string | null {
    return isInside(this.root, file) ? ownerSlug(slashes(relative(this.root, file))) : null
  }
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('/')
