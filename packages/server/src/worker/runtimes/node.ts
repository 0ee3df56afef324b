import { createHash } from 'node:crypto'
import { chmodSync, type Dirent, existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { limits } from '@bifrost/contract'
import type { Containment } from '../../platform/containment/containment.ts'
import type { Runtime } from './runtime.ts'

export const HEAP_MB_MAX = 512

const RUNTIME_ENTRY = fileURLToPath(import.meta.resolve('bifrost/runtime'))

/** Makes the runtime one file: a child may read no other file of the platform, and starts in a third of the time. */
export async function nodeRuntime({ home, node }: Containment): Promise<Runtime> {
  const file = await runtimeFile(home)
  return {
    language: 'typescript',
    runsMax: limits.runsPerChildMax,
    program: node,
    args: ({ folder, hasProxy }) => [
      '--permission',
      '--allow-net',
      `--allow-fs-read=${file}`,
      `--allow-fs-read=${folder}`,
      `--allow-fs-write=${folder}`,
      `--max-old-space-size=${HEAP_MB_MAX}`,
      '--no-warnings',
      '--disable-sigusr1',
      // Modules of Node that open files by themselves, past the permission model.
      '--no-experimental-sqlite',
      '--no-experimental-webstorage',
      '--no-experimental-ffi',
      file,
      ...(hasProxy ? ['proxy'] : []),
    ],
    readable: [file],
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
