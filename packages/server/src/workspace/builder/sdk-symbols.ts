import ts from 'typescript'

export type DefinedBy = 'workflow' | 'tool' | 'dataProvider' | 'graph'
export type SdkType = 'Int' | 'FileRef' | 'ExecutionContext'

const definers: readonly string[] = ['workflow', 'tool', 'dataProvider', 'graph'] satisfies DefinedBy[]
const isDefining = (name: string): name is DefinedBy => definers.includes(name)

/** What makes durable calls, so that a run of it continues by replay after a crash. */
const DURABLE: ReadonlySet<string> = new Set([
  'step',
  'sleep',
  'sleepUntil',
  'screen',
  'graph',
  'waitForEvent',
  'cursor',
  'workflows',
])

/** Recognizes what an author took from "bifrost", under whatever name, by identity with the SDK's own declarations. */
export class SdkSymbols {
  readonly #checker: ts.TypeChecker
  readonly #functions = new Map<ts.Symbol, DefinedBy>()
  readonly #exports = new Map<ts.Symbol, 'durable' | 'ordinary'>()
  readonly #types = new Map<ts.Type, SdkType>()

  constructor(program: ts.Program, sdkFile: string) {
    this.#checker = program.getTypeChecker()
    const file = program.getSourceFile(sdkFile)
    const module = file && this.#checker.getSymbolAtLocation(file)
    for (const exported of module ? this.#checker.getExportsOfModule(module) : []) {
      const symbol = this.resolve(exported)
      const name = exported.name
      this.#exports.set(symbol, DURABLE.has(name) ? 'durable' : 'ordinary')
      if (isDefining(name)) this.#functions.set(symbol, name)
      if (name === 'Int' || name === 'FileRef' || name === 'ExecutionContext')
        this.#types.set(this.#checker.getDeclaredTypeOfSymbol(symbol), name)
    }
  }

  /** Which of the SDK's defining functions an expression is; null for anything else. */
  definingFunction(expression: ts.Expression): DefinedBy | null {
    const symbol = this.#checker.getSymbolAtLocation(expression)
    if (!symbol) return null
    const target = this.resolve(symbol)
    const known = this.#functions.get(target)
    if (known) return known
    // `const job = workflow` is the same function.
    const declaration = target.valueDeclaration
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return null
    const initializer = declaration.initializer
    const isName = ts.isIdentifier(initializer) || ts.isPropertyAccessExpression(initializer)
    return isName && initializer !== expression ? this.definingFunction(initializer) : null
  }

  /** Of something that the SDK exports: whether it makes durable calls. Null for anything else. */
  kindOf(symbol: ts.Symbol): 'durable' | 'ordinary' | null {
    return this.#exports.get(symbol) ?? null
  }

  typeName(type: ts.Type): SdkType | null {
    return this.#types.get(type) ?? null
  }

  /** What a name stands for, behind imports and exports. */
  resolve(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }
}
