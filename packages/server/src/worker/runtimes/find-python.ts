import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { reachableByOthers } from '../../platform/containment/places.ts'

/** A Python that children can run. */
export interface Python {
  /** Absolute, without links. */
  program: string
  version: string
  /** Where its library is. */
  prefix: string
}

const MINOR_MIN = 10
const ASK = 'import json,sys; print(json.dumps([list(sys.version_info[:3]), sys.base_prefix]))'
const ASK_MS = 10_000
/** What interpreters are called, the usual name first. */
const NAMES = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)]

/**
 * The Python for workflows: `wanted` (of BIFROST_PYTHON), else the first on PATH that is new enough and that children, who
 * are users of their own where the server is root, may execute. A sentence that says what to install when there is none.
 */
export async function findPython(
  wanted: string | null,
  { asRoot = process.getuid?.() === 0, path = process.env['PATH'] ?? '' } = {},
): Promise<Python | { problem: string }> {
  if (wanted !== null) return look(wanted, asRoot)
  const problems: string[] = []
  for (const program of candidates(path)) {
    const found = await look(program, asRoot)
    if (!('problem' in found)) return found
    problems.push(found.problem)
  }
  const missing = `This server has no Python 3.${MINOR_MIN} or newer, so that Python workflows cannot run. Install it (on Debian and Ubuntu: apt install python3), or set BIFROST_PYTHON to an interpreter, and start Bifrost again.`
  return { problem: [missing, ...problems].join(' ') }
}

function candidates(path: string): string[] {
  const folders = [...path.split(delimiter).filter(Boolean), '/usr/bin', '/usr/local/bin']
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)).filter(existsSync))
  return [...new Set(found)]
}

async function look(given: string, asRoot: boolean): Promise<Python | { problem: string }> {
  try {
    accessSync(given, constants.X_OK)
    // Before it is asked: the starters of version managers take a quarter of a second, at each start of a server.
    if (asRoot && !reachableByOthers(given)) return closedTo(given)
    const { stdout } = await promisify(execFile)(given, ['-I', '-c', ASK], { timeout: ASK_MS })
    const [[major, minor, patch], prefix] = JSON.parse(stdout) as [[number, number, number], string]
    const version = `${major}.${minor}.${patch}`
    if (major !== 3 || minor < MINOR_MIN)
      return { problem: `${given} is Python ${version}, and 3.${MINOR_MIN} or newer is needed.` }
    const program = realpathSync(given)
    // A starter, as version managers have, is not the interpreter itself.
    const own = existsSync(join(prefix, 'bin', `python3.${minor}`))
      ? realpathSync(join(prefix, 'bin', `python3.${minor}`))
      : program
    if (asRoot && !(reachableByOthers(own) && reachableByOthers(join(prefix, 'lib')))) return closedTo(given)
    return { program: own, version, prefix }
  } catch (error) {
    return { problem: `${given} does not answer as a Python interpreter (${reasonOf(error)}).` }
  }
}

const closedTo = (given: string) => ({
  problem: `${given} is in a folder that only the user of the server can open, and workflows run as users of their own.`,
})

const reasonOf = (error: unknown) => (error as Error).message.split('\n')[0]
