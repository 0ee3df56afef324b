import type { SourceMap } from 'magic-string'
import { parseSync } from 'oxc-parser'
import { BuildError } from './build-error.ts'
import { calledConstants } from './called-constants.ts'
import { Edits } from './edits.ts'
import { Instrumenter } from './instrumenter.ts'
import { patternThatLeavesFolder } from './pattern-imports.ts'
import { resolveComponent, screenComponents } from './screen-components.ts'
import { childOf, childrenOf, positionAt, type SyntaxNode } from './syntax.ts'

/** The module that instrumented code imports the capture object from; the bundler provides it. */
export const CAPTURE_MODULE = 'bifrost:capture'

export interface InstrumentOptions {
  /** The path as stacks show it; also the stable part of function ids. */
  path: string
  /** Text that the source is parsed inside of. Lines and columns are those of the source alone. */
  before?: string
  after?: string
  /** Whether a path of the workspace is a file. */
  exists?: (path: string) => boolean
}

export interface Instrumented {
  code: string
  /** Its one source is the path's last part. */
  map: SourceMap
  /** Modules that are imported while it runs and must exist. */
  requiredImports: ReadonlySet<string>
  /** React components that its screens show, as paths of the workspace, with where they are named. */
  screens: readonly { path: string; line: number; column: number }[]
}

/**
 * Makes a module report its local variables: each function with a block body opens a frame and writes its variables
 * there as they change, and every loop counts, so that it can be stopped. Lines stay where they are. Throws BuildError
 * for a syntax error; null is for a file that is better left alone.
 */
export function instrument(
  source: string,
  { path, before = '', after = '', exists = () => true }: InstrumentOptions,
): Instrumented | null {
  const text = before + source + after
  const parsed = parseSync(path, text, { lang: languageOf(path), sourceType: 'module' })
  const error = parsed.errors[0]
  if (error) throw syntaxError(error.message, path, source, (error.labels[0]?.start ?? 0) - before.length)
  const program = parsed.program as unknown as SyntaxNode
  if (before) checkInside(program, path, source, before.length)
  const leaving = patternThatLeavesFolder(program, path)
  if (leaving !== null)
    throw new BuildError({
      message:
        'A pattern in an import may only match files of its own folder. Name the file, or move it there.',
      path,
      ...positionAt(source, leaving - before.length),
    })
  // An import added to a CommonJS file would make it a module of the other kind.
  if (/\.jsx?$/.test(path) && !parsed.module.hasModuleSyntax) return null

  const reserved = freePrefix(text)
  const edits = new Edits()
  const instrumenter = new Instrumenter(edits, reserved, path)
  instrumenter.module(program)
  const screens = screenComponents(program, text).map(({ specifier, start, end }) => {
    const position = positionAt(source, start - before.length)
    const resolved = resolveComponent(path, specifier, exists)
    if ('problem' in resolved) throw new BuildError({ message: resolved.problem, path, ...position })
    // Running code does not know its file, so it says the whole path.
    edits.remove(start, end)
    edits.open(start, JSON.stringify(resolved.path))
    return { path: resolved.path, ...position }
  })

  // `var`, because a hoisted function may run before this line when modules import each other in a circle.
  const named = calledConstants(program)
  const names =
    named.length > 0 ? `${reserved}.names?.({${named.map((name) => `${name}:()=>${name}`)}});` : ''
  const prefix = `import{capture as ${reserved}}from'${CAPTURE_MODULE}';var ${reserved}n=0,${reserved}t;${names}`
  const edited = edits.apply(source, {
    before,
    after,
    prefix,
    prefixAt: source.startsWith('#!') ? source.indexOf('\n') + 1 : 0,
    sourceName: path.slice(path.lastIndexOf('/') + 1),
  })
  return { ...edited, requiredImports: instrumenter.requiredImports, screens }
}

/** Code that is parsed inside a function must stay inside it, and cannot have what only a module has. */
function checkInside(program: SyntaxNode, path: string, source: string, offset: number): void {
  const refuse = (message: string, at: number) =>
    new BuildError({ message, path, ...positionAt(source, at - offset) })
  const [exported, second] = childrenOf(program, 'body')
  if (exported && second) throw refuse('Syntax error: this "}" has no matching "{".', exported.end - 1)
  const body = exported && childOf(childOf(exported, 'declaration')!, 'body')
  const foreign = body && childrenOf(body, 'body').find((statement) => /^(Im|Ex)port/.test(statement.type))
  if (foreign?.type === 'ImportDeclaration')
    throw refuse('Inline code is the body of a function: use `await import("…")` instead.', foreign.start)
  if (foreign) throw refuse('Inline code is the body of a function: return instead of export.', foreign.start)
}

function languageOf(path: string): 'ts' | 'tsx' | 'js' | 'jsx' {
  if (path.endsWith('x')) return path.endsWith('.tsx') ? 'tsx' : 'jsx'
  return path.endsWith('ts') ? 'ts' : 'js'
}

function freePrefix(text: string): string {
  let prefix = '__bf'
  while (text.includes(prefix)) prefix += '_'
  return prefix
}

function syntaxError(message: string, path: string, source: string, offset: number): BuildError {
  return new BuildError({ message: `Syntax error: ${message}`, path, ...positionAt(source, offset) })
}
