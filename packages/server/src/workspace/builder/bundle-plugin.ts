import { existsSync } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { limits } from '@bifrost/contract'
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { foreignFileText, mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import { BuildError, isBuildError } from './build-error.ts'
import { CODE_NAMESPACE, MODULE_NAMESPACE } from './bundle-source-map.ts'
import type { BundleState } from './bundle-state.ts'
import { CAPTURE_MODULE, instrument } from './instrument.ts'
import { isTooDeep } from './nesting.ts'
import { sdkModule } from './sdk-module.ts'
import { TOO_DEEP } from './source-files.ts'
import { unresolvedText } from './unresolved-import.ts'

/** What inline code is called in stacks. */
export const CODE_FILE = 'code.ts'

const codeLoaders: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
}

const resolving = Symbol('resolving')

/** Reads the author's files instrumented, gives "bifrost", and keeps a bundle inside the workspace and its packages. */
export function authorFiles(state: BundleState): Plugin {
  return {
    name: 'author-files',
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args) => resolveImport(build, state, args))

      build.onLoad({ filter: /.*/, namespace: MODULE_NAMESPACE }, async ({ path }) => ({
        contents:
          path === CAPTURE_MODULE
            ? "export const capture = globalThis[Symbol.for('bifrost.capture')];"
            : await sdkModule(),
      }))

      build.onLoad({ filter: /.*/, namespace: CODE_NAMESPACE }, () => ({
        ...instrumented(state, state.code ?? '', CODE_FILE, 'ts', inlineCode),
        resolveDir: state.paths.root,
      }))

      build.onLoad({ filter: /.*/, namespace: 'file' }, async ({ path, with: attributes }) => {
        const isPlain = Object.keys(attributes).length === 0
        const refusal = await state.refuseUnasked(path, isCodeFile(path) && isPlain)
        if (refusal) return { errors: [{ text: refusal }] }
        const found = await stat(path)
        const unfit = state.refuseSize(path, found)
        if (unfit) return { errors: [{ text: unfit }] }
        if (!state.paths.isOwn(path)) return
        const { size } = found
        state.noteInput(path, found)
        const loader = codeLoaders[extname(path)]
        if (!loader) return
        const shown = state.paths.shown(path)
        if (size > limits.sourceFileBytesMax) return failed(tooLarge(shown, size))
        const source = await readFile(path, 'utf8')
        state.progress(shown)
        try {
          return { ...instrumented(state, source, shown, loader), resolveDir: dirname(path) }
        } finally {
          state.progress('')
        }
      })
    },
  }
}

async function resolveImport(
  build: PluginBuild,
  state: BundleState,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === resolving) return
  if (args.path === 'bifrost' || args.path === CAPTURE_MODULE)
    return { path: args.path, namespace: MODULE_NAMESPACE }
  if (args.kind === 'entry-point' && state.code !== null)
    return { path: CODE_FILE, namespace: CODE_NAMESPACE }
  if (isBuiltin(args.path)) return { path: args.path, external: true }
  const found = await build.resolve(args.path, {
    kind: args.kind,
    importer: args.importer,
    resolveDir: args.resolveDir,
    with: args.with,
    pluginData: resolving,
  })
  if (found.errors.length > 0) {
    const required = state.requiredImports.get(args.importer)?.has(args.path)
    // Otherwise esbuild decides: it lets a module be missing when the import is inside a try block.
    return required ? { errors: [{ text: unresolvedText(args.path) }] } : undefined
  }
  if (found.external || found.namespace !== 'file') return found
  const refusal = refuse(state, await realpath(found.path), args)
  if (refusal) return { errors: [{ text: refusal }] }
  state.admit(found.path, importerOf(state, args))
  return found
}

const importerOf = ({ paths }: BundleState, { importer, namespace }: OnResolveArgs): string | null =>
  namespace === CODE_NAMESPACE ? CODE_FILE : importer === '' ? null : paths.shown(importer)

/** Why a file must not become part of a bundle; null when it may. */
function refuse(state: BundleState, real: string, args: OnResolveArgs): string | null {
  const { paths } = state
  const isEntry = args.kind === 'entry-point'
  const user = isEntry || args.namespace === CODE_NAMESPACE ? state.owner : paths.ownerOf(args.importer)
  const owner = paths.ownerOf(real)
  if (!mayUseFile(user, owner)) return foreignFileText(isEntry ? paths.shown(args.path) : args.path)
  const isCode = isCodeFile(real) && Object.keys(args.with).length === 0
  const everybodys = state.refuseEverybodys(user, real, args.path, isCode)
  if (everybodys) return everybodys
  if (paths.isOwn(real)) return null
  if (args.kind === 'entry-point') return 'The file is a link to a place outside of the workspace.'
  if (paths.isInstalled(real)) return null
  const { path, importer } = args
  return state.isOfLinkedPackage(real, path, importer) ? null : `"${path}" is outside of the workspace.`
}

export const isCodeFile = (file: string): boolean => extname(file) in codeLoaders

/** Inline code is parsed as this function's body. */
const inlineCode = { before: 'export async function run(input) {', after: '\n}' }

function instrumented(
  state: BundleState,
  source: string,
  path: string,
  loader: Loader,
  around: { before?: string; after?: string } = {},
): OnLoadResult {
  if (isTooDeep(source)) return failed(new BuildError({ message: TOO_DEEP, path, line: null, column: null }))
  state.noteSource(path, source)
  try {
    const exists = (own: string) =>
      mayUseFile(ownerSlug(path), ownerSlug(own)) &&
      state.paths.isOwn(join(state.paths.root, own)) &&
      existsSync(join(state.paths.root, own))
    const result = instrument(source, { path, exists, ...around })
    if (!result) return { contents: source, loader }
    state.noteInstrumented(path, around === inlineCode, result)
    const inline = Buffer.from(result.map.toString()).toString('base64')
    return { contents: `${result.code}\n//# sourceMappingURL=data:application/json;base64,${inline}`, loader }
  } catch (error) {
    if (isBuildError(error)) return failed(error)
    if (error instanceof RangeError)
      return failed(new BuildError({ message: TOO_DEEP, path, line: null, column: null }))
    throw error
  }
}

const failed = (error: BuildError): OnLoadResult => ({ errors: [{ text: error.message, detail: error }] })

const tooLarge = (path: string, size: number): BuildError =>
  new BuildError({
    message: `The file is ${Math.ceil(size / 1024)} KB; source files may have ${limits.sourceFileBytesMax / 1024} KB.`,
    path,
    line: null,
    column: null,
  })
