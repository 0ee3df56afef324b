import { existsSync, realpathSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import { isInside, slashes } from './bundle-paths.ts'
import { compilerOptions } from './compiler-options.ts'
import { widerThanItself } from './own-declarations.ts'
import { sdkEntry } from './sdk-module.ts'
import { readSource } from './source-files.ts'

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

const OF_SCREENS = /^(bifrost\/screen|react(-dom)?(\/.*)?)$/

/** Declarations of TypeScript and Node that come with the platform never change, and are the same for every workspace. */
const PLATFORM_TYPES = /\/node_modules\/(typescript\/lib|@types\/node|undici-types)\//
const platformSources = new Map<string, ts.SourceFile>()

/**
 * The workspace as TypeScript sees it. Source files and what they import are kept between updates; only what changed
 * is read and checked anew.
 */
export class Project {
  /** The workspace folder without symbolic links. */
  readonly root: string
  readonly sdkFile: string
  readonly #assets: string
  readonly #sources = new Map<string, ts.SourceFile | undefined>()
  /** What was parsed before; taken again when the text is still the same. */
  #earlier = new Map<string, ts.SourceFile | undefined>()
  readonly #problems = new Map<string, string>()
  readonly #imports = new Map<string, Imports>()
  /** Texts that are not saved yet. */
  readonly #pretended = new Map<string, string>()
  readonly #foreign = new WeakSet<ts.StringLiteralLike>()
  #options: ts.CompilerOptions
  #resolutions: ts.ModuleResolutionCache
  #program: ts.Program | undefined
  /** Something was read anew since the program was built. */
  #stale = false
  #roots = new Set<string>()
  #invalidated = new Set<string>()

  constructor(workspaceDir: string) {
    this.root = realpathSync(workspaceDir)
    this.sdkFile = sdkEntry()
    this.#assets = join(this.root, ASSETS_FILE)
    this.#options = compilerOptions(this.root)
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

  /** The import leads into the folder of an organisation that the file does not belong to. */
  isForeign = (literal: ts.StringLiteralLike): boolean => this.#foreign.has(literal)

  /** From the next update on a file has this text, whatever is saved; null: what is saved. */
  pretend(path: string, text: string | null): void {
    if (text === null) this.#pretended.delete(this.fileOf(path))
    else this.#pretended.set(this.fileOf(path), text)
  }

  /** Starts over with these files: installed packages, tsconfig or anything else may differ. */
  reset(paths: readonly string[]): void {
    const options = compilerOptions(this.root)
    const sameOptions = JSON.stringify(options) === JSON.stringify(this.#options)
    this.#earlier = sameOptions ? new Map([...this.#earlier, ...this.#sources]) : new Map()
    this.#sources.clear()
    this.#problems.clear()
    this.#imports.clear()
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
      if (before) this.#earlier.set(file, before)
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
      getCurrentDirectory: () => this.root,
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getSourceFile: (name, languageOptions) => this.#read(name, languageOptions),
      fileExists: (name) => name === this.#assets || ts.sys.fileExists(name),
      resolveModuleNameLiterals: (literals, file, redirect) => this.#resolve(literals, file, redirect),
      hasInvalidatedResolutions: (path) => this.#invalidated.has(path),
    }
    const rootNames = [...this.#roots, this.#assets]
    const program = ts.createProgram({ rootNames, options, host, ...(oldProgram && { oldProgram }) })
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
    return !isInside(this.root, name) && PLATFORM_TYPES.test(name)
  }

  #parse(name: string, options: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    const own = this.pathOf(name) !== null
    const text = name === this.#assets ? ASSETS_TEXT : own ? this.#ownText(name) : ts.sys.readFile(name)
    if (text === undefined) return
    const earlier = this.#earlier.get(name)
    // The same object tells TypeScript that nothing changed.
    if (earlier?.text === text) return earlier
    const jsDocParsingMode = own ? ts.JSDocParsingMode.ParseAll : ts.JSDocParsingMode.ParseNone
    const given = typeof options === 'object' ? options : { languageVersion: options }
    const source = ts.createSourceFile(name, text, { ...given, jsDocParsingMode })
    const path = this.pathOf(name)
    const problem = path !== null && ownerSlug(path) !== null ? widerThanItself(source) : null
    if (!problem) return source
    this.#problems.set(name, problem)
    return ts.createSourceFile(name, '', { ...given, jsDocParsingMode })
  }

  /** A file that cannot be read is an empty one for its importers, and its problem is noted. */
  #ownText(name: string): string | undefined {
    const pretended = this.#pretended.get(name)
    if (pretended !== undefined) return pretended
    const read = readSource(name)
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
      const found = ts.resolveModuleName(specifier, file, this.#options, ts.sys, this.#resolutions, redirect)
      const leadsTo = found.resolvedModule?.resolvedFileName
      if (leadsTo && !this.#mayUse(file, leadsTo)) return lost(literal)
      if (leadsTo && this.#isOthersData(file, leadsTo)) return { resolvedModule: undefined } as never
      if (!own) return found
      const target = found.resolvedModule?.resolvedFileName
      if (target && this.pathOf(target) !== null) imports.files.push(target)
      else if (target && !isRelative(specifier)) return found
      else if (!isKnownElsewhere(specifier, file)) {
        imports.lost.push(literal)
        return { resolvedModule: undefined } as never
      }
      return found
    })
    if (own) this.#imports.set(file, imports)
    return resolved
  }

  #mayUse(user: string, file: string): boolean {
    return mayUseFile(this.#ownerOf(user), this.#ownerOf(file))
  }

  /** Of everybody's files an organisation's code has code; even the shape of their data is not for it. */
  #isOthersData(user: string, file: string): boolean {
    return file.endsWith('.json') && this.#ownerOf(user) !== null && this.#ownerOf(file) === null
  }

  #ownerOf(file: string): string | null {
    return isInside(this.root, file) ? ownerSlug(slashes(relative(this.root, file))) : null
  }
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false

const isRelative = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('/')

/** Modules that the bundler knows and TypeScript does not. */
function isKnownElsewhere(specifier: string, file: string): boolean {
  if (isBuiltin(specifier)) return true
  const isAsset = ASSETS.test(specifier) || SCREEN_ASSETS.test(specifier)
  return isAsset && (!isRelative(specifier) || existsSync(join(dirname(file), specifier)))
}
