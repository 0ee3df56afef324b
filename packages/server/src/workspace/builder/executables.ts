import type { SourceNote } from '@bifrost/contract'
import ts from 'typescript'
import type { Executable } from '../types.ts'
import { type Definition, findDefinitions, findFunction } from './definitions.ts'
import { type Docs, readDocs } from './doc-comments.ts'
import { isNeverDurable } from './durable-reach.ts'
import { readOutline } from './graph-outline.ts'
import { readOptionEntries } from './option-entries.ts'
import { CODE } from './option-events.ts'
import { flowKeyProblem } from './option-flow.ts'
import { type OptionValues, optionReaders } from './options.ts'
import type { DefinedBy, SdkSymbols } from './sdk-symbols.ts'
import { settingsOf, withScheduleWarning } from './settings.ts'
import { readInputType, readSignature, type SignatureReading, type SignatureTools } from './signature.ts'
import { type Evaluated, StaticEvaluator, type StaticValue } from './static-value.ts'
import { TypeShapes } from './type-shape.ts'

/** Reads what files define. One per state of the program. */
export class ExecutableReader {
  readonly #checker: ts.TypeChecker
  readonly #sdk: SdkSymbols
  readonly #evaluator: StaticEvaluator
  readonly #shapes: TypeShapes

  constructor(program: ts.Program, sdk: SdkSymbols) {
    this.#checker = program.getTypeChecker()
    this.#sdk = sdk
    this.#evaluator = new StaticEvaluator(this.#checker)
    const isForeign = (file: ts.SourceFile) =>
      program.isSourceFileDefaultLibrary(file) || file.fileName.includes('/node_modules/@types/node/')
    this.#shapes = new TypeShapes(this.#checker, sdk, isForeign)
  }

  read(file: ts.SourceFile, path: string): Executable[] {
    return findDefinitions(file, this.#checker, this.#sdk).map((definition) =>
      withScheduleWarning(this.#executable(definition, file, path), path),
    )
  }

  #executable(definition: Definition, file: ts.SourceFile, path: string): Executable {
    const { definedBy, call, graphCall } = definition
    const warnings: SourceNote[] = []
    const noteAt = (message: string, node: ts.Node): SourceNote => {
      const own = node.getSourceFile() === file ? node : call
      const { line, character } = file.getLineAndCharacterOfPosition(own.getStart(file))
      return { message, path, line: line + 1, column: character + 1 }
    }
    const warn = (message: string, node: ts.Node) => void warnings.push(noteAt(message, node))

    if (graphCall) return this.#graph({ ...definition, graphCall }, file, noteAt, warn, warnings)
    const functionNode = call.arguments.at(-1)
    const declared = this.#guarded(() => findFunction(functionNode, this.#checker), null)
    const options = this.#readOptions(
      definedBy,
      call.arguments.length > 1 ? call.arguments[0] : undefined,
      noteAt,
      warn,
    )
    let { error } = options
    if (!declared)
      error ??= noteAt(`The function that "${definedBy}" is given cannot be found in the source.`, call)

    const docs = this.#guarded(() => readDocs([...definition.documented, ...documentedBy(declared)]), {
      description: '',
      params: new Map(),
    })
    const signature = this.#signature(declared, docs, warn)
    const lostKey = declared && flowKeyProblem(options.values.flowControl, signature)
    if (lostKey) error ??= noteAt(lostKey, call)
    return {
      exportName: definition.exportName,
      ...settingsOf(definedBy, options.values, docs.description, nameOf(definition, declared, path)),
      ...signature,
      graph: null,
      line: lineOf(definition, file),
      error,
      warnings,
      ...(this.#guarded(() => isNeverDurable(call, this.#checker, this.#sdk), false) && {
        neverDurable: true,
      }),
    }
  }

  #graph(
    definition: Definition & { graphCall: ts.CallExpression },
    file: ts.SourceFile,
    noteAt: (message: string, node: ts.Node) => SourceNote,
    warn: (message: string, node: ts.Node) => void,
    warnings: SourceNote[],
  ): Executable {
    const { call, graphCall } = definition
    const [nameNode, optionsNode] = graphCall.arguments
    const options = this.#readOptions('graph', optionsNode, noteAt, warn)
    const name = nameNode && this.#evaluator.evaluate(nameNode)
    const problem = name?.known
      ? optionReaders.workflow['name']?.(name.value, options.values, () => {})
      : 'cannot be read without running the code'
    let error = options.error
    if (problem) error ??= noteAt(`The name of the graph ${problem}.`, nameNode ?? graphCall)
    const tools = { checker: this.#checker, evaluator: this.#evaluator, noteAt, warn }
    const outline = this.#guarded(() => readOutline(call, graphCall, tools), { nodes: [], error: null })
    error ??= outline.error
    const docs = this.#guarded(() => readDocs(definition.documented), { description: '', params: new Map() })
    const input = graphCall.typeArguments?.[0]
    const signature = this.#reading(
      () => readInputType(input, docs, this.#signatureTools(warn)),
      input ?? graphCall,
      warn,
    )
    const lostKey = flowKeyProblem(options.values.flowControl, signature)
    if (lostKey) error ??= noteAt(lostKey, optionsNode ?? graphCall)
    return {
      exportName: definition.exportName,
      ...settingsOf('graph', options.values, docs.description, definition.exportName),
      ...signature,
      graph: outline.nodes,
      line: lineOf(definition, file),
      error,
      warnings,
    }
  }

  #signatureTools(warn: SignatureTools['warn']): SignatureTools {
    return { checker: this.#checker, sdk: this.#sdk, shapes: this.#shapes, evaluator: this.#evaluator, warn }
  }

  #signature(
    declared: ts.SignatureDeclaration | null,
    docs: Docs,
    warn: (message: string, node: ts.Node) => void,
  ): SignatureReading {
    if (!declared) return { parameters: [], arguments: [] }
    const parameters = declared.parameters.filter((parameter) => ts.isParameter(parameter))
    return this.#reading(() => readSignature(parameters, docs, this.#signatureTools(warn)), declared, warn)
  }

  #reading(
    read: () => SignatureReading,
    node: ts.Node,
    warn: (message: string, node: ts.Node) => void,
  ): SignatureReading {
    try {
      return read()
    } catch (error) {
      warn(`The parameters could not be read: ${(error as Error).message}`, node)
      return { parameters: [], arguments: [] }
    }
  }

  #readOptions(
    definedBy: DefinedBy,
    object: ts.Expression | undefined,
    noteAt: (message: string, node: ts.Node) => SourceNote,
    warn: (message: string, node: ts.Node) => void,
  ): { values: OptionValues; error: SourceNote | null } {
    const values: OptionValues = {}
    if (!object) return { values, error: null }
    const found = this.#guarded(() => this.#evaluator.entries(object), null)
    if (!found) {
      warn('The options cannot be read without running the code, so the defaults are used.', object)
      return { values, error: null }
    }
    for (const node of found.unknown)
      warn('Some options cannot be read without running the code; for those the defaults are used.', node)
    const entries = new Map(
      [...found.entries].map(([name, { node, result }]) => [
        name,
        { node, result: result.known || !MAY_HOLD_CODE.has(name) ? result : this.#withCode(node, result) },
      ]),
    )
    return readOptionEntries(definedBy, entries, { noteAt, warn })
  }

  /** The members of an option that may hold a function; for the function, that it is one. */
  #withCode(node: ts.Node, told: Evaluated): Evaluated {
    const value = ts.isPropertyAssignment(node) ? node.initializer : null
    const members = value && this.#evaluator.entries(value)
    if (!members || members.unknown.length > 0) return told
    const read: { [name: string]: StaticValue } = {}
    for (const [name, member] of members.entries) {
      if (member.result.known) read[name] = member.result.value
      else if (this.#isFunction(member.node)) read[name] = CODE
      else return member.result
    }
    return { known: true, value: read }
  }

  #isFunction(node: ts.Node): boolean {
    if (ts.isMethodDeclaration(node)) return true
    const value = ts.isPropertyAssignment(node) ? node.initializer : node
    return this.#checker.getTypeAtLocation(value).getCallSignatures().length > 0
  }

  #guarded<T>(read: () => T, otherwise: T): T {
    try {
      return read()
    } catch {
      return otherwise
    }
  }
}

/** Options whose members may be functions. */
const MAY_HOLD_CODE: ReadonlySet<string> = new Set(['startOn', 'columns'])

const lineOf = ({ declaration }: Definition, file: ts.SourceFile): number =>
  file.getLineAndCharacterOfPosition(declaration.getStart(file)).line + 1

/** The exported name; of a default export, the const's or the function's, else the file's. */
function nameOf(
  { exportName, ownName }: Definition,
  declared: ts.SignatureDeclaration | null,
  path: string,
): string {
  if (exportName !== 'default') return exportName
  const functionName =
    declared && 'name' in declared && declared.name && ts.isIdentifier(declared.name)
      ? declared.name.text
      : null
  return ownName ?? functionName ?? path.replace(/^.*\//, '').replace(/\.\w+$/, '')
}

/** Where the JSDoc of a function stands that is declared on its own. */
function documentedBy(declared: ts.SignatureDeclaration | null): ts.Node[] {
  if (!declared) return []
  const { parent } = declared
  return ts.isVariableDeclaration(parent) ? [declared, parent.parent.parent] : [declared]
}
