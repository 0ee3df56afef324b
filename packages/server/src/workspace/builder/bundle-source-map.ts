import { join } from 'node:path'
import type { BundlePaths } from './bundle-paths.ts'

/** Namespaces of modules that exist in no file; esbuild writes them before the path. */
export const CODE_NAMESPACE = 'bifrost-code'
export const MODULE_NAMESPACE = 'bifrost-module'

/** What esbuild calls a source: a path, or one in a namespace of the builder. */
export function parseSource(source: string): { virtual: boolean; path: string } {
  for (const namespace of [CODE_NAMESPACE, MODULE_NAMESPACE])
    if (source.startsWith(`${namespace}:`)) return { virtual: true, path: source.slice(namespace.length + 1) }
  return { virtual: false, path: source }
}

interface SourceMapData {
  version: number
  sources: string[]
  mappings: string
  names: string[]
}

/** The map with sources named as authors know them. */
export function shownSources(mapText: string, paths: BundlePaths): string {
  const map = JSON.parse(mapText) as SourceMapData
  const sources = map.sources.map((source) => {
    const { virtual, path } = parseSource(source)
    // The child leaves frames of this name out of stack traces.
    if (source.startsWith(MODULE_NAMESPACE)) return `bifrost-runtime/${path}`
    return virtual ? path : paths.shown(join(paths.root, path))
  })
  return JSON.stringify({ version: 3, sources, names: map.names, mappings: map.mappings })
}

export const withInlineMap = (code: string, map: string): string =>
  `${code.trimEnd()}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}\n`
