import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

const LINES = 20

/** Where the time of a `.cpuprofile` went, function by function, itself and not what it called. */
export function profileText(folder: string): string {
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  if (!file) return `No CPU profile was written to ${folder}.`
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
  const micros = new Map<string, number>()
  samples.forEach((id, index) => {
    const place = places.get(id) ?? '?'
    micros.set(place, (micros.get(place) ?? 0) + (timeDeltas[index] ?? 0))
  })
  micros.delete('(idle)')
  const busy = [...micros.values()].reduce((sum, one) => sum + one, 0)
  const lines = [...micros]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LINES)
    .map(([place, time]) => `${((100 * time) / busy).toFixed(1).padStart(6)} %  ${place}`)
  return [
    `\nThe server was busy for ${(busy / 1e6).toFixed(1)} s:`,
    ...lines,
    `The whole profile, for a browser's dev tools: ${join(folder, file)}`,
  ].join('\n')
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)'
  if (!url) return name
  if (!url.startsWith('file:')) return `${name} ${url}`
  return `${name} ${relative(join(import.meta.dirname, '..'), fileURLToPath(url))}:${lineNumber + 1}`
}
