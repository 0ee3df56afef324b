import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildFailure, build, type Loader, type Message, type Metafile } from 'esbuild'
import { ownerSlug } from '../../platform/file-owner.ts'
import type { Bundle, BundleInput, ScreenBundle } from '../types.ts'
import { BuildError, isBuildError } from './build-error.ts'
import { BundlePaths } from './bundle-paths.ts'
import { authorFiles, CODE_FILE } from './bundle-plugin.ts'
import { bundleScreen } from './bundle-screen.ts'
import { MODULE_NAMESPACE, parseSource, shownSources, withInlineMap } from './bundle-source-map.ts'
import { BundleState } from './bundle-state.ts'
import { statOf } from './look.ts'
import { type Progress, silent } from './progress.ts'
import { unresolvedText } from './unresolved-import.ts'

/** Files that an import gives as data. Text comes as a string, JSON as a value. */
const dataLoaders: Record<string, Loader> = {
  '.json': 'json',
  '.txt': 'text',
  '.csv': 'text',
  '.md': 'text',
  '.sql': 'text',
  '.html': 'text',
}

// Packages in CommonJS call require for what Node brings along.
const BANNER =
  "import{createRequire as __bifrostCreateRequire}from'node:module';const require=__bifrostCreateRequire(import.meta.url);"

/** Makes one ES module of a workspace file and all it imports. */
export const bundleFile = (workspaceDir: string, path: string, progress = silent): Promise<Bundle> =>
  bundle(workspaceDir, { path, code: null }, progress)

/** Makes one ES module of inline code: the body of an async function of `input`, exported as `run`. */
export const bundleCode = (workspaceDir: string, code: string, progress = silent): Promise<Bundle> =>
  bundle(workspaceDir, { path: CODE_FILE, code }, progress)

/**
 * Source maps name the author's files relative to the workspace (`users/onboard.ts`), packages from `node_modules/`
 * on, and inline code `code.ts`. Nothing in a bundle depends on where the workspace lies, so the version is the same
 * on every machine.
 */
async function bundle(
  workspaceDir: string,
  entry: { path: string; code: string | null },
  progress: Progress,
): Promise<Bundle> {
  const paths = new BundlePaths(workspaceDir)
  const owner = entry.code === null ? ownerSlug(entry.path) : null
  const state = new BundleState(paths, entry.code, owner, progress)
  const { inputs } = state
  const tsconfig = join(paths.root, 'tsconfig.json')
  const entryFile = join(paths.root, entry.path)
  if (entry.code === null && !(paths.isOwn(entryFile) && existsSync(entryFile)))
    throw new BuildError({
      message: 'There is no such file in the workspace.',
      path: entry.path,
      line: null,
      column: null,
    })
  try {
    const result = await build({
      entryPoints: [entry.code === null ? entryFile : CODE_FILE],
      absWorkingDir: paths.root,
      outfile: join(paths.root, 'bundle.mjs'),
      write: false,
      bundle: true,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node26',
      sourcemap: 'external',
      sourcesContent: false,
      charset: 'utf8',
      legalComments: 'none',
      treeShaking: true,
      logLevel: 'silent',
      banner: { js: BANNER },
      external: ['*.node'],
      loader: dataLoaders,
      // Without this esbuild would look for a tsconfig above the workspace.
      ...(existsSync(tsconfig) ? { tsconfig } : { tsconfigRaw: {} }),
      plugins: [authorFiles(state)],
    })
    const text = result.outputFiles.find((file) => file.path.endsWith('.mjs'))?.text ?? ''
    const map = result.outputFiles.find((file) => file.path.endsWith('.map'))?.text ?? ''
    const screens = await bundleScreens(state)
    const source = withInlineMap(text + screenNote(screens), shownSources(map, paths))
    for (const file of [tsconfig, join(paths.root, 'package.json')]) noteInput(inputs, file)
    notePackages(result.metafile, paths, inputs)
    return {
      // One organization's version is no other's, though the text be the same.
      version: createHash('sha256')
        .update(owner === null ? source : `${owner}\0${source}`)
        .digest('hex'),
      source,
      screens,
      inputs: [...inputs.values()],
      sources: Object.fromEntries([...state.sources].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }
  } catch (cause) {
    throw toBuildError(cause, state, entry.path)
  }
}

/** A run shows the screens of its own code version, so they are part of it. */
async function bundleScreens(state: BundleState): Promise<ScreenBundle[]> {
  const screens: ScreenBundle[] = []
  for (const path of [...state.screens.keys()].toSorted())
    screens.push({ path, source: await bundleScreen(state, path) })
  return screens
}

/** Another screen is another version of the code that shows it. */
function screenNote(screens: readonly ScreenBundle[]): string {
  if (screens.length === 0) return ''
  const hash = createHash('sha256').update(JSON.stringify(screens)).digest('hex')
  return `\n// screens ${hash}\n`
}

function noteInput(inputs: Map<string, BundleInput>, path: string): void {
  const stat = statOf(path)
  if (stat) inputs.set(path, { path, mtimeMs: stat.mtimeMs, size: stat.size })
}

function notePackages(metafile: Metafile, paths: BundlePaths, inputs: Map<string, BundleInput>): void {
  for (const input of Object.keys(metafile.inputs)) {
    if (parseSource(input).virtual) continue
    const file = join(paths.root, input)
    if (paths.isOwn(file)) continue
    const root = paths.packageRoot(file)
    const manifest = root && join(root, 'package.json')
    if (manifest && !inputs.has(manifest)) noteInput(inputs, manifest)
  }
}

function toBuildError(cause: unknown, state: BundleState, entryPath: string): Error {
  if (isBuildError(cause)) return cause
  const [message] = (cause as Partial<BuildFailure>).errors ?? []
  if (!message) return cause instanceof Error ? cause : new Error(String(cause))
  if (isBuildError(message.detail)) return message.detail
  const { location } = message
  if (!location)
    return new BuildError({ message: textOf(message), path: entryPath, line: null, column: null })
  const source = parseSource(location.file)
  const path = source.virtual ? source.path : state.paths.shown(join(state.paths.root, source.path))
  const position = state.authorPosition(source.virtual ? location.file : path, location.line, location.column)
  return new BuildError({ message: textOf(message), path, ...position })
}

function textOf({ text }: Message): string {
  const unknown = /^Could not resolve "([^"]+)"/.exec(text)?.[1]
  return unknown ? unresolvedText(unknown) : text.replaceAll(`${MODULE_NAMESPACE}:`, '')
}
