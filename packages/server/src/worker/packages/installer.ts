import { execFile } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { reachableByOthers } from '../../platform/containment/places.ts'
import type { Python } from '../runtimes/find-python.ts'

/** What installs packages on this machine. */
export interface Installer {
  kind: 'uv' | 'pip' | 'venv'
  /** What it is, for people. */
  name: string
  program: string
}

const ASK_MS = 20_000
/** The last one does not make an environment: it only answers whether one could be made. */
const HAS_PIP = 'import pip; print(pip.__version__)'
const HAS_VENV = 'import venv, ensurepip; print(ensurepip.version())'

/** `uv` where it is on PATH, else the pip of the interpreter, else the pip that it brings for virtual environments. */
export async function findInstaller(
  python: Python,
  { asRoot = process.getuid?.() === 0, path = process.env['PATH'] ?? '' } = {},
): Promise<Installer | { problem: string }> {
  const uv = onPath('uv', path, asRoot)
  const uvVersion = uv && (await answerOf(uv, ['--version']))
  if (uv && uvVersion) return { kind: 'uv', name: uvVersion, program: uv }
  const pip = await answerOf(python.program, ['-I', '-c', HAS_PIP])
  if (pip) return { kind: 'pip', name: `pip ${pip}`, program: python.program }
  const venv = await answerOf(python.program, ['-I', '-c', HAS_VENV])
  if (venv) return { kind: 'venv', name: `pip ${venv} of ensurepip`, program: python.program }
  return {
    problem: `${python.program} has neither pip nor ensurepip, so that packages of Python workflows cannot be installed. Install them (on Debian and Ubuntu: apt install python3-venv), or uv, and start Bifrost again.`,
  }
}

/** The commands that install what is required into the folder `site`. */
export function installCommands(
  installer: Installer,
  python: Python,
  { folder, wheelsOnly, noIndex }: { folder: string; wheelsOnly: boolean; noIndex: boolean },
): string[][] {
  const what = ['--target', join(folder, 'site'), '-r', join(folder, 'requirements.txt')]
  const only = wheelsOnly ? ['--only-binary', ':all:'] : []
  if (installer.kind === 'uv')
    return [
      [
        ...[installer.program, 'pip', 'install', '--no-config', '--no-progress', '--link-mode', 'copy'],
        ...['--compile-bytecode', '--python', python.program, ...only],
        ...(noIndex ? ['--no-index'] : []),
        ...what,
      ],
    ]
  const pip = (program: string) => [
    ...[program, '-I', '-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'],
    ...['--no-cache-dir', '--prefer-binary', '--progress-bar', 'off', ...only, ...what],
  ]
  if (installer.kind === 'pip') return [pip(installer.program)]
  const made = join(folder, 'venv')
  return [[installer.program, '-I', '-m', 'venv', made], pip(join(made, 'bin', 'python3'))]
}

function onPath(name: string, path: string, asRoot: boolean): string | null {
  for (const folder of path.split(delimiter).filter(Boolean))
    try {
      const program = realpathSync(join(folder, name))
      accessSync(program, constants.X_OK)
      if (!asRoot || reachableByOthers(program)) return program
    } catch {
      // Not there.
    }
  return null
}

async function answerOf(program: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: ASK_MS })
    return stdout.trim() || null
  } catch {
    return null
  }
}
