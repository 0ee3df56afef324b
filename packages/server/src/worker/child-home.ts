import { createHash } from 'node:crypto'
import { chmodSync, type Dirent, existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Containment, prepareContainment } from '../platform/containment/containment.ts'

/** Where children live: what contains them, and the program that they run. */
export interface ChildHome {
  containment: Containment
  runtimeFile: string
  /** Gives the users back, when there are no children any more. */
  leave(): void
}

const RUNTIME_ENTRY = fileURLToPath(import.meta.resolve('bifrost/runtime'))

/** Makes the runtime one file: a child may read no other file of the platform, and starts in a third of the time. */
export async function makeChildHome(
  dataDir: string,
  options?: { withSandbox?: boolean; containment?: Containment },
): Promise<ChildHome> {
  const containment = options?.containment ?? prepareContainment(dataDir, options)
  return {
    containment,
    runtimeFile: await runtimeFile(containment.home),
    leave: containment.leave,
  }
}

async function runtimeFile(home: string): Promise<string> {
  const key = runtimeKey()
  const file = join(home, `bifrost-runtime-${key}.mjs`)
  if (existsSync(file)) return file
  // Loaded here only: a start with the runtime already made does not pay for the bundler.
  const esbuild = await import('esbuild')
  const built = await esbuild.build({
    entryPoints: [RUNTIME_ENTRY],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    write: false,
  })
  await esbuild.stop()
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, built.outputFiles[0]?.contents ?? '', { mode: 0o644 })
  chmodSync(unfinished, 0o644)
  renameSync(unfinished, file)
  return file
}

/** Changes whenever a source file of the SDK or the contract does. */
function runtimeKey(): string {
  const hash = createHash('sha256').update(process.version)
  for (const folder of [
    dirname(dirname(RUNTIME_ENTRY)),
    dirname(fileURLToPath(import.meta.resolve('@bifrost/contract'))),
  ])
    for (const [path, stamp] of stamps(folder)) hash.update(`${path}:${stamp};`)
  return hash.digest('hex').slice(0, 16)
}

function* stamps(folder: string): Generator<[string, number]> {
  for (const entry of readdirSorted(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* stamps(path)
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
      yield [path, statSync(path).mtimeMs]
  }
}

const readdirSorted = (folder: string): Dirent[] =>
  readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
