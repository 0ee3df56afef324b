import type { Edits } from './edits.ts'
import {
  blockScope,
  changesInsideBlock,
  declaredNames,
  type Frame,
  frameOf,
  hoistedVars,
  newScope,
  type Scope,
} from './instrument-scopes.ts'
import {
  childOf,
  childrenOf,
  isFunction,
  isTypeOnly,
  patternNames,
  runtimeChildren,
  type SyntaxNode,
  unwrap,
} from './syntax.ts'

/** Where the walk is: the names in reach, and the function whose variables are declared here. */
interface Place {
  scope: Scope
  frame: Frame | null
  /** What a function found here is called, such as the variable that it is given to. */
  name: string
  /** The value of the expression is thrown away. */
  unused: boolean
  /** The names of the functions around, for ids. */
  path: string
  /** Inside a try block of the author. */
  inTry: boolean
}

/** A function whose variables are captured. */
interface Captured {
  name: string
  params: readonly string[]
  derivedConstructor: boolean
  /** Ordinary synchronous function, not handed to anybody as an argument. */
  isHelper: boolean
}

/** Walks one module and notes the insertions. See instrument.ts for what they do. */
export class Instrumenter {
  /** What the module imports when it runs, and cannot do without. */
  readonly requiredImports = new Set<string>()
  readonly #edits: Edits
  readonly #reserved: string
  readonly #filePath: string
  readonly #idsUsed = new Map<string, number>()
  #frames = 0

  constructor(edits: Edits, reserved: string, filePath: string) {
    this.#edits = edits
    this.#reserved = reserved
    this.#filePath = filePath
  }

  module(program: SyntaxNode): void {
    const body = childrenOf(program, 'body')
    const scope = blockScope(newScope(null, hoistedVars(body)), body, null)
    this.#statements(body, { scope, frame: null, name: '', unused: false, path: '', inTry: false })
  }

  #statements(statements: readonly SyntaxNode[], place: Place): void {
    for (const statement of statements) {
      if (statement.type === 'ExpressionStatement') this.#edits.statementStart(statement.start)
      this.#statement(statement, place, true)
    }
  }

  #statement(node: SyntaxNode, place: Place, inList: boolean): void {
    if (isTypeOnly(node)) return
    switch (node.type) {
      case 'BlockStatement':
      case 'StaticBlock':
      case 'TSModuleBlock':
        this.#block(node, place)
        break
      case 'VariableDeclaration':
        this.#declarationStatement(node, place, inList)
        break
      case 'ExpressionStatement':
        this.#walk(childOf(node, 'expression')!, { ...place, name: '', unused: true })
        break
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#loop(node, place)
        break
      case 'TryStatement':
        this.#try(node, place)
        break
      case 'SwitchStatement':
        this.#switch(node, place)
        break
      default:
        if (node.type.endsWith('Statement'))
          for (const [, child] of runtimeChildren(node))
            this.#walk(child, { ...place, name: '', unused: false })
        else this.#walk(node, place)
    }
  }

  #switch(node: SyntaxNode, place: Place): void {
    this.#walk(childOf(node, 'discriminant')!, place)
    const cases = childrenOf(node, 'cases')
    const statements = cases.flatMap((one) => childrenOf(one, 'consequent'))
    const inner = { ...place, scope: blockScope(place.scope, statements, place.frame) }
    for (const one of cases) {
      const test = childOf(one, 'test')
      if (test) this.#walk(test, inner)
      this.#statements(childrenOf(one, 'consequent'), inner)
    }
  }

  #block(node: SyntaxNode, place: Place): void {
    const statements = childrenOf(node, 'body')
    // Variables of a static block or a namespace are not locals of a run.
    const own = node.type === 'BlockStatement'
    const frame = own ? place.frame : null
    const outer = own ? place.scope : newScope(place.scope, hoistedVars(statements))
    this.#statements(statements, { ...place, frame, scope: blockScope(outer, statements, frame) })
  }

  #declarationStatement(node: SyntaxNode, place: Place, inList: boolean): void {
    this.#declarators(node, place)
    const isVar = node['kind'] === 'var'
    // `var x` without a value leaves the variable as it is; `let x` clears it.
    const given = childrenOf(node, 'declarations').filter((one) => !isVar || childOf(one, 'init'))
    const stores = this.#stores(
      given.flatMap((one) => patternNames(childOf(one, 'id')!)),
      place.scope,
    )
    if (stores.length === 0) return
    if (!inList) this.#edits.open(node.start, '{')
    this.#edits.close(node.end, `;${stores.join(';')};${inList ? '' : '}'}`)
  }

  #declarators(node: SyntaxNode, place: Place): void {
    for (const declarator of childrenOf(node, 'declarations')) {
      const id = childOf(declarator, 'id')!
      this.#walk(id, { ...place, unused: false })
      const init = childOf(declarator, 'init')
      if (init) this.#walk(init, { ...place, name: patternNames(id)[0] ?? '', unused: false })
    }
  }

  #stores(names: readonly string[], scope: Scope): string[] {
    return [...new Set(names)].flatMap((name) => {
      const target = this.#target(name, scope)
      return target ? [`${target}=${name}`] : []
    })
  }

  /** Where the value of a variable is written, such as `__bf1.total`; null for one that is not captured. */
  #target(name: string, scope: Scope): string | null {
    const frame = frameOf(scope, name)
    if (!frame) return null
    frame.used = true
    return `${frame.variable}.${name}`
  }

  #loop(node: SyntaxNode, outer: Place): void {
    let place = { ...outer, unused: false }
    let names: string[] = []
    const head = childOf(node, node.type === 'ForStatement' ? 'init' : 'left')
    if (head?.type === 'VariableDeclaration') {
      if (head['kind'] !== 'var')
        place = { ...place, scope: newScope(place.scope, declaredNames(head), place.frame) }
      this.#declarators(head, place)
      if (node.type === 'ForStatement') {
        const stores = this.#stores(declaredNames(head), place.scope)
        if (stores.length > 0) this.#edits.close(head.end, `,${this.#reserved}s=void(${stores.join(',')})`)
      } else names = declaredNames(head)
    } else if (head) {
      this.#walk(head, { ...place, unused: true })
      if (node.type !== 'ForStatement') names = patternNames(head)
    }
    for (const key of ['right', 'test', 'update']) {
      const part = childOf(node, key)
      if (part) this.#walk(part, { ...place, unused: key === 'update' })
    }
    this.#loopBody(childOf(node, 'body')!, names, place)
  }

  #loopBody(body: SyntaxNode, names: readonly string[], place: Place): void {
    const stores = this.#stores(names, place.scope)
      .map((store) => `${store};`)
      .join('')
    const counter = `${this.#reserved}n`
    const text = `if((${counter}=${counter}+1&1023)===0)${this.#reserved}.tick();${stores}`
    if (body.type === 'BlockStatement') {
      this.#edits.open(body.start + 1, text)
      this.#block(body, place)
      return
    }
    this.#edits.open(body.start, `{${text}`)
    this.#statement(body, place, true)
    this.#edits.close(body.end, '}')
  }

  #try(node: SyntaxNode, place: Place): void {
    this.#block(childOf(node, 'block')!, { ...place, inTry: true })
    const handler = childOf(node, 'handler')
    if (handler) this.#catch(handler, place)
    const finalizer = childOf(node, 'finalizer')
    if (finalizer) this.#block(finalizer, place)
  }

  #catch(node: SyntaxNode, place: Place): void {
    const param = childOf(node, 'param')
    const body = childOf(node, 'body')!
    let inner = place
    if (param) {
      inner = { ...place, scope: newScope(place.scope, patternNames(param), place.frame) }
      this.#walk(param, inner)
      const stores = this.#stores(patternNames(param), inner.scope)
      if (stores.length > 0) this.#edits.open(body.start + 1, `${stores.join(';')};`)
    }
    this.#block(body, inner)
  }

  #walk(node: SyntaxNode, place: Place): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, place)
        break
      case 'AssignmentExpression':
        this.#assignment(node, place)
        break
      case 'UpdateExpression':
        this.#update(node, place)
        break
      case 'ParenthesizedExpression':
        this.#walk(childOf(node, 'expression')!, place)
        break
      case 'SequenceExpression':
        childrenOf(node, 'expressions').forEach((part, index, parts) => {
          this.#walk(part, { ...place, unused: place.unused || index < parts.length - 1 })
        })
        break
      case 'CallExpression':
      case 'NewExpression':
        this.#call(node, place)
        break
      case 'ImportExpression':
        this.#noteImport(childOf(node, 'source'), place)
        this.#children(node, place)
        break
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, place)
        break
      case 'VariableDeclaration':
        this.#declarationStatement(node, place, false)
        break
      case 'Property':
        for (const [key, child] of runtimeChildren(node))
          this.#walk(child, { ...place, name: key === 'value' ? keyName(node) : '', unused: false })
        break
      default:
        if (node.type.endsWith('Statement') || node.type.endsWith('Block'))
          this.#statement(node, place, false)
        else if (!isTypeOnly(node)) this.#children(node, place)
    }
  }

  #children(node: SyntaxNode, place: Place): void {
    for (const [, child] of runtimeChildren(node)) this.#walk(child, { ...place, unused: false })
  }

  /** Inside the author's own `try` a module may be missing; inside ours it may not. */
  #noteImport(source: SyntaxNode | null, place: Place): void {
    if (!place.inTry && typeof source?.['value'] === 'string') this.requiredImports.add(source['value'])
  }

  #assignment(node: SyntaxNode, place: Place): void {
    const left = childOf(node, 'left')!
    const names = patternNames(left)
    const simple = unwrap(left).type === 'Identifier'
    const stores = simple ? [] : this.#stores(names, place.scope)
    if (simple) {
      const target = this.#target(names[0]!, place.scope)
      if (target) this.#edits.open(node.start, `${target}=`)
    } else if (stores.length > 0 && !place.unused) this.#edits.open(node.start, `(${this.#reserved}t=`)

    if (!simple) this.#walk(left, { ...place, unused: false })
    this.#walk(childOf(node, 'right')!, { ...place, name: names[0] ?? place.name, unused: false })
    if (stores.length > 0)
      this.#edits.close(node.end, `,${stores.join(',')}${place.unused ? '' : `,${this.#reserved}t)`}`)
  }

  #update(node: SyntaxNode, place: Place): void {
    const argument = childOf(node, 'argument')!
    const inner = unwrap(argument)
    const target = inner.type === 'Identifier' ? this.#target(inner['name'] as string, place.scope) : null
    if (!target) {
      this.#walk(argument, { ...place, unused: false })
      return
    }
    if (node['prefix'] || place.unused) {
      const operator = node['prefix'] ? '' : String(node['operator'])
      if (operator) this.#edits.remove(node.end - 2, node.end)
      this.#edits.open(node.start, `${place.unused ? '' : '('}${target}=${operator}`)
      if (!place.unused) this.#edits.close(node.end, ')')
      return
    }
    const temporary = `${this.#reserved}t`
    this.#edits.open(node.start, `(${temporary}=`)
    this.#edits.close(node.end, `,${target}=${inner['name']},${temporary})`)
  }

  #call(node: SyntaxNode, place: Place): void {
    const callee = childOf(node, 'callee')!
    this.#walk(callee, { ...place, unused: false })
    if (callee.type === 'Identifier' && callee['name'] === 'require')
      this.#noteImport(childrenOf(node, 'arguments')[0] ?? null, place)
    const method = callee.type === 'MemberExpression' ? childOf(callee, 'property') : null
    const name = (method?.['name'] as string | undefined) ?? place.name
    for (const argument of childrenOf(node, 'arguments')) {
      const inner = { ...place, name, unused: false }
      if (isFunction(argument)) this.#function(argument, inner, { isArgument: true })
      else this.#walk(argument, inner)
    }
  }

  #class(node: SyntaxNode, outer: Place): void {
    const id = childOf(node, 'id')?.['name'] as string | undefined
    const className = id ?? outer.name
    const place = { ...outer, unused: false, scope: newScope(outer.scope, id ? [id] : []) }
    for (const decorator of childrenOf(node, 'decorators')) this.#walk(decorator, { ...outer, unused: false })
    const superClass = childOf(node, 'superClass')
    if (superClass) this.#walk(superClass, place)
    for (const member of childrenOf(childOf(node, 'body')!, 'body')) {
      if (isTypeOnly(member)) continue
      if (member.type === 'StaticBlock') {
        this.#block(member, place)
        continue
      }
      for (const decorator of childrenOf(member, 'decorators')) this.#walk(decorator, place)
      if (member['computed']) this.#walk(childOf(member, 'key')!, place)
      const value = childOf(member, 'value')
      if (!value) continue
      const inner = { ...place, frame: null, name: [className, keyName(member)].filter(Boolean).join('.') }
      if (isFunction(value))
        this.#function(value, inner, {
          derivedConstructor: superClass !== null && member['kind'] === 'constructor',
        })
      else this.#walk(value, inner)
    }
  }

  #function(
    node: SyntaxNode,
    outer: Place,
    kind: { derivedConstructor?: boolean; isArgument?: boolean } = {},
  ): void {
    const id = childOf(node, 'id')?.['name'] as string | undefined
    const name = id ?? (outer.name || 'anonymous')
    const path = outer.path ? `${outer.path}/${name}` : name
    const ownName = node.type === 'FunctionExpression' && id ? newScope(outer.scope, [id]) : outer.scope
    const params = childrenOf(node, 'params')
    const paramNames = params.flatMap(patternNames).filter((param) => param !== 'this')
    const place: Place = { scope: ownName, frame: null, name: '', unused: false, path, inTry: false }

    // Default values run before the frame exists, so what they assign is not captured.
    const paramScope = newScope(ownName, paramNames)
    for (const param of params) this.#walk(param, { ...place, scope: paramScope })

    const body = childOf(node, 'body')
    if (!body) return
    if (body.type !== 'BlockStatement') {
      this.#walk(body, { ...place, scope: paramScope })
      return
    }
    this.#functionBody(body, place, {
      name,
      params: paramNames,
      derivedConstructor: kind.derivedConstructor ?? false,
      isHelper: !kind.isArgument && !node['async'] && !node['generator'],
    })
  }

  #functionBody(
    body: SyntaxNode,
    place: Place,
    { name, params, derivedConstructor, isHelper }: Captured,
  ): void {
    const all = childrenOf(body, 'body')
    const statements = all.filter((statement) => typeof statement['directive'] !== 'string')
    if (statements.length === 0) return
    const lastDirective = all[all.length - statements.length - 1]
    const frame: Frame = { variable: `${this.#reserved}${++this.#frames}`, used: false }
    const vars = hoistedVars(statements)
    const outer = newScope(place.scope, [...params, ...vars], frame)

    const opening = this.#edits.open(lastDirective ? lastDirective.end : body.start + 1)
    this.#statements(statements, { ...place, scope: blockScope(outer, statements, frame), frame })
    if (!frame.used && params.length === 0) return

    const bf = this.#reserved
    const id = JSON.stringify(this.#functionId(place.path))
    const enter = `const ${frame.variable}=${bf}.enter(${JSON.stringify(name)},${id});`
    const stores = [...new Set(params)].map((param) => `${frame.variable}.${param}=${param};`).join('')
    const fail = `${bf}.failed(${frame.variable},${bf}e);throw ${bf}e}`
    // Before super() a derived constructor has statements at its top level only, and esbuild relies on it.
    const guarded = !derivedConstructor && !changesInsideBlock(statements, [...params, ...vars])
    // A small helper has nothing but parameters that stay as they are. They are taken only when it fails: it may be
    // called a million times, and the frame would cost more than the helper.
    const late = isHelper && guarded && !frame.used
    const early = late ? '' : enter + stores
    opening.text = `${lastDirective ? ';' : ''}${early}${guarded ? 'try{' : ''}`
    if (guarded) this.#edits.close(body.end - 1, `}catch(${bf}e){${late ? enter + stores : ''}${fail}`)
  }

  /** The same for the same function however often the file is built; functions of one name are counted. */
  #functionId(path: string): string {
    const id = `${this.#filePath}:${path}`
    const count = (this.#idsUsed.get(id) ?? 0) + 1
    this.#idsUsed.set(id, count)
    return count === 1 ? id : `${id}#${count}`
  }
}

function keyName(member: SyntaxNode): string {
  if (member['computed']) return ''
  const key = childOf(member, 'key')
  if (key?.type === 'PrivateIdentifier') return `#${key['name']}`
  return String(key?.['name'] ?? key?.['value'] ?? '')
}
