import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { foreignFileText, ownerSlug } from '../../../platform/file-owner.ts'
import type { Bundle, BundleInput } from '../../types.ts'
import { BuildError } from '../build-error.ts'
import { statOf } from '../look.ts'
import { type Progress, silent } from '../progress.ts'
import { usesDurable } from './durable.ts'
import { noteIn } from './executables.ts'
import { filesOf, isSdk, type Module, Modules, readModule } from './modules.ts'
import { type Requirements, readRequirements } from './requirements.ts'
import { STANDARD_MODULES } from './standard-modules.ts'

/** Places that are looked at before each run, since a module there would be loaded. */
const ABSENT_MAX = 500

/** What inline code is called in a bundle and in stacks; no file of a workspace has such a name. */
export const PYTHON_CODE_FILE = 'inline:code.py'

/** A workspace file and all of the workspace that it imports, for a Python child. */
export function bundlePython(workspaceDir: string, path: string, progress: Progress = silent): Bundle {
  const modules = new Modules(realpathSync(workspaceDir), progress)
  const entry = modules.module(path)
  if (!entry) throw failed(path, 'There is no such file in the workspace.')
  const owner = ownerSlug(path)
  return modules.paths.during(() => bundle(modules, entry, owner, readRequirements(modules.root, owner)))
}

/** The same for code of an owner that is in no file: it imports from the workspace's root. */
export function bundlePythonCode(
  workspaceDir: string,
  owner: string | null,
  code: string,
  progress: Progress = silent,
): Bundle {
  const entry = readModule(PYTHON_CODE_FILE, code)
  const problem = entry.problem === null ? entry.parsed()?.problem : null
  if (problem) throw new BuildError(noteIn(entry, `Syntax error: ${problem.message}.`, problem.at))
  const modules = new Modules(realpathSync(workspaceDir), progress)
  return bundle(modules, entry, null, readRequirements(modules.root, owner))
}

function bundle(modules: Modules, entry: Module, owner: string | null, required: Requirements): Bundle {
  const reached = new Map([[entry.path, entry]])
  const importers = new Map<string, string>()
  const absent = new Set<string>()
  let durable = false
  // Code that needs nothing but the workspace and the standard library does not wait for packages.
  let usesPackages = false
  let bytes = 0
  for (const [path, module] of reached) {
    if (module.problem !== null) throw failed(path, module.problem)
    bytes += Buffer.byteLength(module.text)
    if (bytes > limits.pythonBundleBytesMax)
      throw failed(
        entry.path,
        `The Python files that this one imports have more than ${limits.pythonBundleBytesMax / 1024 ** 2} MB together. Import less of them.`,
      )
    durable ||= usesDurable(module)
    const take = (used: string) => {
      const next = reached.has(used) ? null : modules.module(used)
      if (!next) return
      reached.set(used, next)
      importers.set(used, path)
    }
    for (const one of module.imports) {
      const { lost, candidates, module: found } = modules.paths.resolve(one, path)
      if (lost === 'foreign')
        throw new BuildError(noteIn(module, foreignFileText('.'.repeat(one.level) + one.module), one.at))
      for (const used of filesOf(one, path, modules)) take(used)
      // With this one it can import anything.
      if (one.module === 'importlib') usesPackages = true
      // What Python brings along is not looked for again at each run.
      if (one.level === 0 && (STANDARD_MODULES.has(one.module.split('.')[0] ?? '') || isSdk(one.module)))
        continue
      for (const place of candidates) if (absent.size < ABSENT_MAX) absent.add(place)
      usesPackages ||= one.level === 0 && found === null
    }
    for (const init of modules.paths.packagesOf(path)) take(init)
  }
  const files = Object.fromEntries(
    [...reached.values()].map(({ path, text }) => [path, text] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  // What comes first can be seen without reading megabytes.
  const source = JSON.stringify({
    language: 'python',
    durable,
    ...(usesPackages && required.lines.length > 0 && { packages: required.lines }),
    entry: entry.path,
    files,
  })
  return {
    version: createHash('sha256')
      .update(owner === null ? source : `${owner}\0${source}`)
      .digest('hex'),
    source,
    screens: [],
    inputs: [
      ...[...reached.keys()].flatMap((path) => inputOf(modules.root, path, importers.get(path))),
      ...[...absent, ...(usesPackages ? required.absent : [])]
        .filter((path) => !reached.has(path))
        .map((path) => ({ path: join(modules.root, path), mtimeMs: 0, size: -1 })),
      ...(usesPackages ? required.files : []).flatMap((path) => inputOf(modules.root, path, entry.path)),
    ],
    sources: shownSources(files),
  }
}

function inputOf(root: string, path: string, importer: string | undefined): BundleInput[] {
  const file = join(root, path)
  const stat = path === PYTHON_CODE_FILE ? null : statOf(file)
  if (!stat) return []
  return [{ path: file, mtimeMs: stat.mtimeMs, size: stat.size, ...(importer !== undefined && { importer }) }]
}

/** Those that fit, to show where a run failed. */
function shownSources(files: Readonly<Record<string, string>>): Record<string, string> {
  let left = limits.codeSourceBytesMax
  const shown: Record<string, string> = {}
  for (const [path, text] of Object.entries(files)) {
    const bytes = Buffer.byteLength(text)
    if (path === PYTHON_CODE_FILE || bytes > left) continue
    left -= bytes
    shown[path] = text
  }
  return shown
}

const failed = (path: string, message: string): BuildError =>
  new BuildError({ message, path, line: null, column: null })
