// Which test files need neither a server, a database, a process nor a compiler: the project `fast` of vitest.config.ts.
import * as fs from 'node:fs'
import * as path from 'node:path'

/** What a test mentions that starts something, or reads the whole code base. */
const STARTS =
  /testing\/(server|engine|test-database|processes|pool|sources|matrix|simulation|identity-provider|authorization-server)|child_process|fixture-workspace|from '\.\/(server|simulat|processes|lookup)|fixture-parameters|createBuilder|createAnalyzer|pythonRuntime|startEmbedded|parameter-types|from '\.\/snippets/

/** Paths of test files, from the root of the checkout. */
export function fastTests(root: string): string[] {
  const found: string[] = []
  for (const folder of ['packages', 'scripts', 'docs'])
    for (const entry of fs.readdirSync(path.join(root, folder), { recursive: true })) {
      const file = path.join(folder, String(entry))
      if (!/\.test\.tsx?$/.test(file) || /node_modules|[\\/]dist[\\/]/.test(file)) continue
      if (!STARTS.test(fs.readFileSync(path.join(root, file), 'utf8'))) found.push(file)
    }
  return found
}
