import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { stampOf } from '../../stamps.ts'
import type { Refusal } from '../messages.ts'
import type { Progress } from '../progress.ts'
import { TOO_DEEP } from '../source-files.ts'
import { importsOf, type PythonImport } from './imports.ts'
import { type Parsed, parsePython } from './parse.ts'
import { PythonPaths } from './resolve.ts'
import { readScope, type Scope } from './scope.ts'
import { readPython } from './source-text.ts'
import { type TextProblem, type Tokens, tokenize } from './tokens.ts'

/** A Python file as far as it was looked at. */
export interface Module {
  path: string
  text: string
  /** Why it cannot be read. */
  problem: string | null
  /** What even a look at its words shows to be wrong. */
  mistake: TextProblem | null
  imports: PythonImport[]
  /** It has a decorator or a call that may define a workflow. */
  mayDefine: boolean
  /** Of a text within another one, such as an annotation in quotes: the module whose names it has. */
  home?: Module
  /** Its tree and names; null: it is too large for that, or cannot be read. */
  parsed(): (Parsed & { scope: Scope }) | null
}

const DECORATOR = /^[ \t]*@/m
const DEFINER = /\b(workflow|tool|data_provider)\b/
const GRAPH = /\bgraph[ \t]*\(|\bgraph[ \t]+as\b/
/** In a text that is too large to be parsed, only what is plain counts. */
const PLAIN_DEFINER = /^[ \t]*@(bifrost\.)?(workflow|tool|data_provider)\b/m

/** Without such words at such places, a text defines nothing and is not parsed for its own sake. */
const mayDefineIn = (text: string): boolean =>
  text.length > limits.sourceFileBytesMax
    ? PLAIN_DEFINER.test(text)
    : (DECORATOR.test(text) && DEFINER.test(text)) || GRAPH.test(text)

interface Held {
  stamp: string | null
  module: Module
}

/** The Python files of a workspace, each read and parsed at most once while it stays as it is. */
export class Modules {
  readonly root: string
  readonly paths: PythonPaths
  readonly #progress: Progress
  readonly #held = new Map<string, Held>()
  readonly #pretended = new Map<string, string>()
  /** What was looked at in this reading; null: each look is a new one. */
  #looked: Map<string, Module | null> | null = null
  #targets: Map<string, ReadonlySet<string>> | null = null
  #refused = new Map<string, string>()

  constructor(root: string, progress: Progress) {
    this.root = root
    this.#progress = progress
    this.paths = new PythonPaths(root, (path) => this.#pretended.has(path))
  }

  /** Files that do harm are not looked at. */
  refuse(refused: readonly Refusal[]): void {
    this.#refused = new Map(refused.map(({ path, message }) => [path, message]))
  }

  /** Takes a text for that of a file; null: no longer. */
  pretend(path: string, text: string | null): void {
    this.#held.delete(path)
    if (text === null) this.#pretended.delete(path)
    else this.#pretended.set(path, text)
  }

  /** Takes every file for what it is at the first look: one reading looks at most of them many times. */
  during<T>(read: () => T): T {
    this.#looked = new Map()
    this.#targets = new Map()
    try {
      return this.paths.during(read)
    } finally {
      this.#looked = null
      this.#targets = null
    }
  }

  /** The files that this one loads. */
  targets(path: string): ReadonlySet<string> {
    const known = this.#targets?.get(path)
    if (known) return known
    const module = this.module(path)
    const found = new Set(module ? this.paths.packagesOf(path) : [])
    for (const one of module?.imports ?? []) for (const file of filesOf(one, path, this)) found.add(file)
    this.#targets?.set(path, found)
    return found
  }

  /** Null: there is no such file. */
  module(path: string): Module | null {
    const looked = this.#looked?.get(path)
    if (looked !== undefined) return looked
    const module = this.#look(path)
    this.#looked?.set(path, module)
    return module
  }

  #look(path: string): Module | null {
    const pretended = this.#pretended.get(path)
    const stamp = pretended === undefined ? stampOf(join(this.root, path)) : null
    const held = this.#held.get(path)
    const refusal = this.#refused.get(path)
    if (held && held.stamp === stamp && refusal === undefined) return held.module
    this.#held.delete(path)
    if (refusal !== undefined) return emptyModule(path, refusal)
    this.#progress(path)
    const read =
      pretended === undefined ? readPython(join(this.root, path)) : { text: pretended, problem: null }
    if (!read) return null
    const module = read.text === null ? emptyModule(path, read.problem) : readModule(path, read.text)
    this.#held.set(path, { stamp, module })
    return module
  }

  /** Trees are large, and only of use while files are read. */
  forgetTrees(): void {
    for (const { module } of this.#held.values()) trees.delete(module)
  }
}

/** By module; null: it has none. */
const trees = new WeakMap<Module, (Parsed & { scope: Scope }) | null>()

function emptyModule(path: string, problem: string | null): Module {
  return { path, text: '', problem, mistake: null, imports: [], mayDefine: false, parsed: () => null }
}

/** A text as a module. */
export function readModule(path: string, text: string): Module {
  const tokens = tokenize(text)
  const imports = importsOf(text, tokens.tokens)
  const isDeep = tokens.depth > limits.sourceNestingMax
  const mayDefine = mayDefineIn(text)
  const isLarge = text.length > limits.sourceFileBytesMax
  let first: Tokens | null = mayDefine && !isLarge ? tokens : null
  const module: Module = {
    path,
    text,
    problem: isDeep ? TOO_DEEP : mayDefine && isLarge ? tooLarge(text) : null,
    mistake: tokens.problem,
    imports,
    mayDefine,
    parsed() {
      if (isDeep || isLarge) return null
      const known = trees.get(module)
      if (known !== undefined) return known
      const parsed = parsePython(text, first ?? tokenize(text))
      first = null
      const whole = { ...parsed, scope: readScope(parsed, imports) }
      trees.set(module, whole)
      return whole
    },
  }
  return module
}

const tooLarge = (text: string): string =>
  `The file is ${Math.ceil(text.length / 1024)} KB; files with workflows may have ${limits.sourceFileBytesMax / 1024} KB.`

/** The workspace files that an import loads. */
export function filesOf(
  one: Module['imports'][number],
  importer: string,
  modules: Pick<Modules, 'paths'>,
): string[] {
  if (one.level === 0 && isSdk(one.module)) return []
  const { files, submodules } = modules.paths.resolve(one, importer)
  return [...new Set([...files, ...submodules.values()])].filter((path) => path.endsWith('.py'))
}

export const isSdk = (module: string): boolean => module === 'bifrost' || module.startsWith('bifrost.')
