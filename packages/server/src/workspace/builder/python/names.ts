import { isSdk, type Module, type Modules } from './modules.ts'
import { type Binding, lastBinding } from './scope.ts'

/** What a name leads to: something of a module of the workspace, something of the SDK, or something elsewhere. */
export type Target =
  | { kind: 'own'; module: Module; binding: Binding; name: string }
  /** A name of "bifrost"; null: the package itself. */
  | { kind: 'sdk'; name: string | null }
  /** A name of a module that is not of the workspace, with its dots. */
  | { kind: 'elsewhere'; name: string }
  | { kind: 'module'; path: string }

const HOPS_MAX = 10

/** Names that a child offers to files that do not import them. */
const OFFERED = new Set(['workflow', 'tool', 'data_provider', 'context', 'ExecutionContext', 'logger'])

/** Follows names, through imports of the workspace, to what they stand for. Null: nothing is known of it. */
export class Names {
  readonly #modules: Modules

  constructor(modules: Modules) {
    this.#modules = modules
  }

  /** `name` may have dots. */
  find(name: string, module: Module, hops = 0): Target | null {
    const [first = '', ...rest] = name.split('.')
    let target = this.#first(first, module.home ?? module, hops)
    for (const part of rest) {
      if (!target) return null
      if (target.kind === 'sdk') target = { kind: 'sdk', name: part }
      else if (target.kind === 'elsewhere') target = { kind: 'elsewhere', name: `${target.name}.${part}` }
      else if (target.kind === 'module') target = this.#member(target.path, part, hops + 1)
      else return null
    }
    return target
  }

  #first(name: string, module: Module, hops: number): Target | null {
    if (hops > HOPS_MAX) return null
    const scope = module.parsed()?.scope
    if (!scope) return null
    const all = scope.names.get(name)
    if (!all) {
      for (const one of scope.stars) {
        if (isSdk(one.module) && one.level === 0) return { kind: 'sdk', name }
        const { module: path, behind } = this.#modules.paths.resolve(one, module.path)
        for (const place of [path, behind]) {
          const found = place && this.#member(place, name, hops + 1)
          if (found) return found
        }
      }
      return OFFERED.has(name) || name === 'bifrost'
        ? { kind: 'sdk', name: name === 'bifrost' ? null : name }
        : null
    }
    // What is imported counts, though there is another for where that fails.
    const taken = all.find((binding) => binding.kind === 'import' && isSdk(binding.from.module))
    const binding = taken ?? lastBinding(scope, name)
    if (!binding) return null
    if (binding.kind !== 'import') return { kind: 'own', module, binding, name }
    return this.#imported(binding, module, hops)
  }

  #imported(
    { from, name }: Extract<Binding, { kind: 'import' }>,
    module: Module,
    hops: number,
  ): Target | null {
    if (from.level === 0 && isSdk(from.module)) return { kind: 'sdk', name }
    const resolved = this.#modules.paths.resolve(from, module.path)
    if (resolved.module === null)
      return resolved.lost === 'foreign' || from.level > 0
        ? null
        : { kind: 'elsewhere', name: elsewhereName(from.module, from.as, name) }
    if (name === null) {
      // `import a.b` binds a.
      return { kind: 'module', path: (from.as === null ? resolved.top : null) ?? resolved.module }
    }
    const submodule = resolved.submodules.get(name)
    return (
      this.#member(resolved.module, name, hops + 1) ??
      (submodule === undefined ? null : ({ kind: 'module', path: submodule } as const)) ??
      (resolved.behind === null ? null : this.#member(resolved.behind, name, hops + 1))
    )
  }

  /** A name of the module in this file or folder. */
  #member(path: string, name: string, hops: number): Target | null {
    const file = path.endsWith('.py') ? path : `${path}/__init__.py`
    const module = this.#modules.module(file)
    const scope = module?.parsed()?.scope
    if (module && scope && (scope.names.has(name) || scope.stars.length > 0)) {
      const found = this.#first(name, module, hops)
      if (found && !(found.kind === 'sdk' && !scope.names.has(name))) return found
    }
    if (path.endsWith('.py')) return null
    const inner = this.#modules.paths.resolve(
      { module: '', level: 1, names: [{ name, as: name }] },
      `${path}/x.py`,
    )
    const submodule = inner.submodules.get(name)
    return submodule === undefined ? null : { kind: 'module', path: submodule }
  }
}

function elsewhereName(module: string, as: string | null, name: string | null): string {
  if (name !== null) return `${module}.${name}`
  return as === null ? (module.split('.')[0] as string) : module
}
