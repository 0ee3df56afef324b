import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessMemory {
  pid: number
  command: string
  /** Proportional set size: shared pages count in parts, so that the sum over processes is the truth. */
  megabytes: number
}

/** A process and all that it and its children started. Linux only: empty elsewhere. */
export function memoryOf(root: number): ProcessMemory[] {
  return familyOf(root).flatMap((pid) => {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      const kilobytes = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0)
      return [{ pid, command: commandOf(pid), megabytes: kilobytes / 1024 }]
    } catch {
      // It ended meanwhile, or (a zombie) has no memory any more.
      return []
    }
  })
}

/** The pids of a process and its descendants. */
export function familyOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const pid of pids()) {
    const parent = parentOf(pid)
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const family = [root]
  for (const pid of family) family.push(...(children.get(pid) ?? []))
  return family
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return null
  }
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
}
