import { readFileSync } from 'node:fs'

/** What a process and all that it started take of the machine. */
export interface Usage {
  /** Processor time since they began. */
  cpuMs: number
  /** Memory that is in use now. */
  residentBytes: number
}

/** Of Linux on every machine that Node runs on. */
const TICK_MS = 10
/** More processes than this below one are not followed: a builder has three. */
const PROCESSES_MAX = 50

/** Null where the system does not tell, or the process has ended. */
export function usageOf(pid: number): Usage | null {
  if (process.platform !== 'linux') return null
  const usage: Usage = { cpuMs: 0, residentBytes: 0 }
  const pids = [pid]
  for (const one of pids) {
    try {
      addTo(usage, one)
      for (const child of readFileSync(`/proc/${one}/task/${one}/children`, 'utf8').split(' '))
        if (child.trim() && pids.length < PROCESSES_MAX) pids.push(Number(child))
    } catch {
      // It ended while we looked.
      if (one === pid) return null
    }
  }
  return usage
}

function addTo(usage: Usage, pid: number): void {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold anything; what follows are numbers. The first is the third field of the manual page.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = [14, 15, 16, 17].reduce((sum, field) => sum + Number(fields[field - 3]), 0)
  usage.cpuMs += ticks * TICK_MS
  const resident = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  usage.residentBytes += Number(resident?.[1] ?? 0) * 1024
}
