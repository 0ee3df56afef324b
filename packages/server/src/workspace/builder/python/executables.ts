import type { SourceNote } from '@bifrost/contract'
import type { Executable } from '../../types.ts'
import { type OptionEntry, readOptionEntries } from '../option-entries.ts'
import { CODE } from '../option-events.ts'
import { flowKeyProblem } from '../option-flow.ts'
import { optionReaders } from '../options.ts'
import { settingsOf, withScheduleWarning } from '../settings.ts'
import type { StaticValue } from '../static-value.ts'
import { Annotations } from './annotations.ts'
import { type Definition, findDefinitions } from './definitions.ts'
import { docsOf, NO_DOCS } from './docstrings.ts'
import { isNeverDurable } from './durable.ts'
import { readGraphInput } from './graph-input.ts'
import { readGraphOutline } from './graph-outline.ts'
import type { Module, Modules } from './modules.ts'
import { Names } from './names.ts'
import { inPythonWords, optionName, optionValue } from './option-words.ts'
import type { SyntaxNode } from './parse.ts'
import { readSignature } from './signature.ts'
import { columnAt, lineAt } from './tokens.ts'
import { argumentsOf, dottedName, Values } from './values.ts'

/** Options whose members may be functions. */
const MAY_HOLD_CODE: ReadonlySet<string> = new Set(['startOn', 'columns'])

/** Reads what Python files define. */
export class PythonReader {
  readonly #modules: Modules
  readonly #names: Names
  readonly #values: Values
  readonly #annotations: Annotations

  constructor(modules: Modules) {
    this.#modules = modules
    this.#names = new Names(modules)
    this.#values = new Values(this.#names)
    this.#annotations = new Annotations(this.#names, this.#values)
  }

  read(module: Module): Executable[] {
    return findDefinitions(module, this.#names).map((definition) =>
      withScheduleWarning(this.#executable(definition, module), module.path),
    )
  }

  #executable(definition: Definition, module: Module): Executable {
    const { definedBy, node, at, name } = definition
    const warnings: SourceNote[] = []
    const noteAt = (message: string, place: SyntaxNode) => noteIn(module, message, place.from)
    const warn = (message: string, place: SyntaxNode) => void warnings.push(noteAt(message, place))
    const isGraph = definedBy === 'graph'
    const options = this.#options(definition, module, noteAt, warn)
    const docs = isGraph ? NO_DOCS : docsOf(node, module)
    const tools = { annotations: this.#annotations, values: this.#values, names: this.#names, warn }
    const signature = isGraph
      ? readGraphInput(definition, module, tools)
      : readSignature(node, module, docs, tools)
    const lostKey = flowKeyProblem(options.values.flowControl, signature)
    const outline = isGraph
      ? readGraphOutline(definition, module, { names: this.#names, values: this.#values, noteAt, warn })
      : null
    const error = options.error ?? outline?.error ?? (lostKey ? noteAt(lostKey, at) : null)
    const isNever = !isGraph && isNeverDurable(definition.whole, module, this.#modules)
    return {
      exportName: name,
      ...settingsOf(definedBy, options.values, docs.description, name),
      ...signature,
      graph: outline?.nodes ?? null,
      line: lineAt(module.text, at.from),
      error,
      warnings,
      ...(isNever && { neverDurable: true }),
    }
  }

  #options(
    { definedBy, options, at }: Definition,
    module: Module,
    noteAt: (message: string, node: SyntaxNode) => SourceNote,
    warn: (message: string, node: SyntaxNode) => void,
  ): ReturnType<typeof readOptionEntries> {
    const { positional, named, spread } = argumentsOf(module, options)
    const entries = new Map<string, OptionEntry<SyntaxNode>>()
    const add = (written: string, node: SyntaxNode, home: Module) => {
      const option = optionName(written)
      if (option === null)
        warn(`Unknown option "${written}"; it is ignored. Did you mean "${inPythonWords(written)}"?`, node)
      else entries.set(option, { node, result: this.#value(option, node, home) })
    }
    for (const node of spread) {
      const found = this.#dictionaryOf(node, module)
      if (found) for (const [name, entry] of found) add(name, entry.node, entry.module)
      else
        warn('Some options cannot be read without running the code; for those the defaults are used.', node)
    }
    // The input of a graph is read as its signature.
    for (const [name, node] of named) if (definedBy !== 'graph' || name !== 'input') add(name, node, module)
    const [first, ...more] = positional
    const own = new Set(named.keys())
    // The name of a graph is its first argument; other definitions may have theirs there, too.
    if (first && definedBy !== 'graph' && !own.has('name')) add('name', first, module)
    for (const node of definedBy === 'graph' ? [] : more)
      warn('Options are given by name; what has none is ignored.', node)
    const read = readOptionEntries(definedBy, entries, { noteAt, warn, inWordsOf: inPythonWords })
    if (definedBy !== 'graph') return read
    const nameNode = first ?? named.get('name')
    const told = nameNode && this.#values.evaluate(nameNode, module)
    const problem = told?.known
      ? optionReaders.workflow['name']?.(told.value, read.values, () => {})
      : 'cannot be read without running the code'
    const error = problem ? noteAt(`The name of the graph ${problem}.`, nameNode ?? at) : null
    return { values: read.values, error: read.error ?? error }
  }

  #value(option: string, node: SyntaxNode, module: Module): OptionEntry<SyntaxNode>['result'] {
    const told = this.#values.evaluate(node, module)
    if (told.known) return { known: true, value: optionValue(option, told.value) }
    const members = MAY_HOLD_CODE.has(option) ? this.#values.entries(node, module) : null
    if (!members) return told
    const read: { [name: string]: StaticValue } = {}
    for (const [name, member] of members) {
      const value = this.#values.evaluate(member.node, member.module)
      if (value.known) read[name] = value.value
      else if (this.#isFunction(member.node, member.module)) read[name] = CODE
      else return value
    }
    return { known: true, value: read }
  }

  #isFunction(node: SyntaxNode, module: Module): boolean {
    if (node.name === 'LambdaExpression') return true
    const name = dottedName(module, node)
    const target = name === null ? null : this.#names.find(name, module)
    return target?.kind === 'own' && target.binding.kind === 'function'
  }

  /** Of `**OPTIONS`. */
  #dictionaryOf(node: SyntaxNode, module: Module) {
    const name = dottedName(module, node)
    const target = name === null ? null : this.#names.find(name, module)
    return target?.kind === 'own' && target.binding.kind === 'value'
      ? this.#values.entries(target.binding.value, target.module)
      : this.#values.entries(node, module)
  }
}

export const noteIn = ({ text, path }: Module, message: string, at: number): SourceNote => ({
  message,
  path,
  line: lineAt(text, at),
  column: columnAt(text, at),
})
