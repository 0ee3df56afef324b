import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Containment } from '../../platform/containment/containment.ts'
import { findPython, type Python } from './find-python.ts'
import type { MissingRuntime, Runtime } from './runtime.ts'

const SOURCE = fileURLToPath(new URL('../../../../python/src', import.meta.url))
const ENTRY = 'bifrost_child.py'
const INSTALL = 'bifrost_install.py'
const COMPILE_MS = 120_000

export interface PythonRuntime extends Runtime {
  python: Python
  /** Runs what installs packages. */
  installScript: string
}

/** Python children: one run at a time, since author's code blocks, in a copy of the runtime that they can read. */
export async function pythonRuntime(
  { home }: Containment,
  wanted: string | null,
): Promise<PythonRuntime | MissingRuntime> {
  const python = await findPython(wanted)
  if ('problem' in python) return { language: 'python', problem: python.problem }
  const folder = await runtimeFolder(home, python)
  return {
    language: 'python',
    runsMax: 1,
    program: python.program,
    // Isolated from the environment and the folder it starts in; it writes no byte code, and reads text as UTF-8.
    args: ({ hasProxy, site }) => [
      ...['-I', '-B', '-X', 'utf8', join(folder, ENTRY)],
      ...(hasProxy ? ['proxy'] : []),
      ...(site === undefined ? [] : ['--site', site]),
    ],
    python,
    installScript: join(folder, INSTALL),
    readable: [folder, python.prefix],
  }
}

/** A copy with byte code, made once for this version of the runtime and of Python: a child then starts in half the time. */
async function runtimeFolder(home: string, python: Python): Promise<string> {
  const folder = join(home, `python-${keyOf(python)}`)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.${process.pid}`
  cpSync(SOURCE, unfinished, { recursive: true, filter: (path) => !path.includes('__pycache__') })
  // Without dates: they are those of the copy.
  const compile = ['-I', '-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash', unfinished]
  await promisify(execFile)(python.program, compile, { timeout: COMPILE_MS })
  openToAll(unfinished)
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    // Another server of this installation was quicker.
    if (!existsSync(folder)) throw error
  }
  return folder
}

function keyOf({ program, version }: Python): string {
  const hash = createHash('sha256').update(`${program} ${version}`)
  for (const name of filesBelow(SOURCE)) hash.update(name).update(readFileSync(join(SOURCE, name)))
  return hash.digest('hex').slice(0, 16)
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.py'))
    .sort()

function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else chmodSync(path, 0o644)
  }
}
