import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Packages of the platform whose declarations every workflow may see: what the SDK, Node and screens are described with. */
const NAMES = [
  'typescript',
  '@types/node',
  'undici-types',
  'bifrost',
  '@bifrost/contract',
  'zod',
  '@types/ms',
  'ms',
  '@types/react',
  '@types/react-dom',
  'csstype',
]

let known: { folders: readonly string[]; above: ReadonlySet<string> } | undefined

/** Where they are installed, under the name and where links lead; and all folders above these. */
export function platformPackages(): { folders: readonly string[]; above: ReadonlySet<string> } {
  if (known) return known
  const folders = new Set<string>()
  for (const above of foldersAbove(fileURLToPath(import.meta.url)))
    for (const name of NAMES) {
      const folder = join(above, 'node_modules', name)
      if (!existsSync(folder)) continue
      folders.add(folder)
      folders.add(realpathSync(folder))
    }
  known = {
    folders: [...folders],
    above: new Set([...folders].flatMap((folder) => [...foldersAbove(folder)])),
  }
  return known
}

function* foldersAbove(file: string): Generator<string> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    yield folder
    if (folder === dirname(folder)) return
  }
}
