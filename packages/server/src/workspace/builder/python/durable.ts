import { filesOf, isSdk, type Module, type Modules } from './modules.ts'
import type { SyntaxNode } from './parse.ts'
import type { Binding } from './scope.ts'
import { tokenize } from './tokens.ts'

/** What makes durable calls, so that a run of it continues by replay after a crash. */
const DURABLE = new Set(['step', 'sleep', 'sleep_until', 'wait_for_event', 'screen', 'graph', 'cursor'])
/** What could reach anything. */
const DYNAMIC = new Set([
  'eval',
  'exec',
  'globals',
  'locals',
  'vars',
  'getattr',
  '__import__',
  'importlib',
  'import_module',
])
const STARTS_RUNS = /\.\s*(run|start_many)\s*\(/
const FILES_MAX = 2_000

const isDurableName = (name: string, text: string): boolean =>
  DURABLE.has(name) || (name === 'workflows' && STARTS_RUNS.test(text))

/** Whether the text of a module takes something from the SDK that makes durable calls. */
export function usesDurable({ text, imports }: Pick<Module, 'text' | 'imports'>): boolean {
  return imports.some(({ module, level, names, as }) => {
    if (level > 0 || !isSdk(module)) return false
    if (names === null) {
      const local = as ?? 'bifrost'
      const used = new RegExp(`\\b${local}\\s*\\.\\s*(?:[a-z_]+\\s*\\.\\s*)?([a-z_]+)`, 'g')
      return [...text.matchAll(used)].some(([whole, name = '']) =>
        whole.split(/[\s.]+/).some((part) => isDurableName(part, text) || isDurableName(name, text)),
      )
    }
    return names.some(({ name }) =>
      name === '*'
        ? [...DURABLE, 'workflows'].some(
            (one) => isDurableName(one, text) && new RegExp(`\\b${one}\\s*[.(]`).test(text),
          )
        : isDurableName(name, text),
    )
  })
}

/** The files that these load, with themselves: what a run of them can reach. */
export function reachableFrom(paths: readonly string[], modules: Modules): Set<string> {
  const found = new Set(paths)
  for (const path of found) {
    const module = found.size > FILES_MAX ? null : modules.module(path)
    for (const one of module?.imports ?? []) for (const file of filesOf(one, path, modules)) found.add(file)
    if (module) for (const init of modules.paths.packagesOf(path)) found.add(init)
  }
  return found
}

/**
 * Whether it is certain that a function makes no durable call: what it names, directly or through others of its file, comes
 * from the file itself, or from files and packages that make none. Where anything is not certain the answer is false.
 */
export function isNeverDurable(node: SyntaxNode, module: Module, modules: Modules): boolean {
  const scope = module.parsed()?.scope
  if (!scope || scope.stars.length > 0) return false
  const seen = new Set<string>()
  const isFine = (text: string): boolean => {
    for (const { kind, start, end } of tokenize(text).tokens) {
      const name = text.slice(start, end)
      // A field of an f-string may name anything.
      if (
        kind === 'string' &&
        /^[a-z]{0,2}["']/i.test(name) &&
        /^[rb]?[ft]/i.test(name) &&
        !isFine(fieldsOf(name))
      )
        return false
      if (kind !== 'name' || seen.has(name)) continue
      seen.add(name)
      if (DYNAMIC.has(name) || name === 'import') return false
      if (!(scope.names.get(name) ?? []).every(isFineBinding)) return false
    }
    return true
  }
  const isFineBinding = (binding: Binding): boolean => {
    if (binding.kind === 'value') return isFine(module.text.slice(binding.value.from, binding.value.to))
    if (binding.kind === 'other') return true
    if (binding.kind !== 'import') return isFine(module.text.slice(binding.node.from, binding.node.to))
    const { from, name } = binding
    if (from.level === 0 && isSdk(from.module))
      return name !== null && !DURABLE.has(name) && name !== 'workflows'
    const files = filesOf(from, module.path, modules)
    return [...reachableFrom(files, modules)].every((path) => {
      const reached = modules.module(path)
      return reached !== null && reached.problem === null && !usesDurable(reached)
    })
  }
  try {
    return isFine(module.text.slice(node.from, node.to))
  } catch (error) {
    // A chain of names that is longer than the stack.
    if (error instanceof RangeError) return false
    throw error
  }
}

const fieldsOf = (literal: string): string =>
  [...literal.matchAll(/\{([^{}]*)\}/g)].map(([, field]) => field).join('\n')
