import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'

/** What the operating system says of a process. Pid and start together name it for good; a pid alone is reused. */
export interface ProcessFacts {
  pid: number
  parent: number
  name: string
  startedAt: string
  /** It has ended, and only waits for its parent to notice. */
  zombie: boolean
}

/** Looks a process up; null when there is none of that pid. */
export function processFacts(pid: number): ProcessFacts | null {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
  } catch {
    return null
  }
}

/** Whether the very process that was seen before still runs. */
export function stillRuns(seen: { pid: number; startedAt: string }): boolean {
  const now = processFacts(seen.pid)
  return now !== null && !now.zombie && now.startedAt === seen.startedAt
}

/** The facts of this process. */
export function ownFacts(): ProcessFacts {
  return (
    processFacts(process.pid) ?? {
      pid: process.pid,
      parent: process.ppid,
      name: 'node',
      startedAt: '',
      zombie: false,
    }
  )
}

/** Sends a signal; false when the process is gone or not ours to signal. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/**
 * Pids of all live PostgreSQL processes of a data folder: they have it as working directory. The processes of a
 * postmaster that was killed live on for a moment, and a new one must not start beside them.
 */
export function postgresProcesses(dataFolder: string): number[] {
  return process.platform === 'linux' ? postgresFromProc(dataFolder) : postgresFromPs(dataFolder)
}

function fromProc(pid: number): ProcessFacts {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const nameEnd = stat.lastIndexOf(')')
  const fields = stat.slice(nameEnd + 2).split(' ')
  return {
    pid,
    parent: Number(fields[1]),
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    startedAt: `${bootId()}/${fields[19]}`,
    zombie: fields[0] === 'Z' || fields[0] === 'X',
  }
}

let knownBootId: string | undefined
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return knownBootId
}

function fromPs(pid: number): ProcessFacts {
  const line = ps(['-o', 'stat=,ppid=,lstart=,comm=', '-p', String(pid)]).trim()
  const match = /^(\S+)\s+(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line)
  if (!match) throw new Error(`no process ${pid}`)
  const [, stat = '', parent, startedAt = '', command = ''] = match
  return {
    pid,
    parent: Number(parent),
    name: command.split('/').at(-1) ?? command,
    startedAt,
    zombie: stat.startsWith('Z'),
  }
}

function postgresFromProc(dataFolder: string): number[] {
  const folder = realpathSync(dataFolder)
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const facts = fromProc(pid)
        return facts.name === 'postgres' && !facts.zombie && readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
}

/** Without /proc: the postmaster by its command line, and its children by their parent. */
function postgresFromPs(dataFolder: string): number[] {
  const rows = ps(['-axo', 'pid=,ppid=,stat=,command='])
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && !match[3]?.startsWith('Z'))
    .map((match) => ({ pid: Number(match?.[1]), parent: Number(match?.[2]), command: match?.[4] ?? '' }))
  const masters = rows
    .filter(({ command }) => command.includes('postgres') && command.includes(`-D ${dataFolder}`))
    .map(({ pid }) => pid)
  return rows
    .filter(({ pid, parent }) => masters.includes(pid) || masters.includes(parent))
    .map(({ pid }) => pid)
}

function ps(args: string[]): string {
  return execFileSync('ps', args, { encoding: 'utf8', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } })
}
