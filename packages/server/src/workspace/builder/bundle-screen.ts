import { readFile, realpath, stat } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { limits } from '@bifrost/contract'
import {
  type BuildFailure,
  type BuildOptions,
  build,
  type Loader,
  type OnLoadResult,
  type Plugin,
} from 'esbuild'
import { parseSync } from 'oxc-parser'
import { foreignFileText, mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import { BuildError } from './build-error.ts'
import { isCodeFile } from './bundle-plugin.ts'
import { MODULE_NAMESPACE } from './bundle-source-map.ts'
import type { BundleState } from './bundle-state.ts'
import { isTooDeep } from './nesting.ts'
import { TOO_DEEP } from './source-files.ts'
import { unresolvedText } from './unresolved-import.ts'

const loaders: Record<string, Loader> = {
  '.txt': 'text',
  '.md': 'text',
  '.csv': 'text',
  '.svg': 'dataurl',
  '.png': 'dataurl',
  '.jpg': 'dataurl',
  '.gif': 'dataurl',
  '.webp': 'dataurl',
  '.woff2': 'dataurl',
}

/** What the frame brings along; a screen has no copy of its own. */
const PROVIDED = new Set(['react', 'react/jsx-runtime', 'react-dom', 'bifrost/screen'])
const ENTRY = 'screen-entry'

/** Code of a screen and its look, as opposed to data. */
const isPartOfScreen = (file: string): boolean => isCodeFile(file) || extname(file) === '.css'

/** The source of what screens import as "bifrost/screen". */
export const screenSdkEntry = (): string => fileURLToPath(import.meta.resolve('bifrost/screen'))

/**
 * Makes one script of a React component of the workspace and all it imports; it mounts itself in the frame. React and
 * "bifrost/screen" come from the frame.
 */
export async function bundleScreen(state: BundleState, path: string): Promise<string> {
  const { root } = state.paths
  const result = await buildScreen(
    {
      stdin: {
        contents: `import Screen from ${JSON.stringify(`./${path}`)}\nglobalThis[Symbol.for('bifrost.screen')].mount(Screen)\n`,
        resolveDir: root,
        sourcefile: ENTRY,
      },
      absWorkingDir: root,
      outfile: join(root, 'screen.js'),
      write: false,
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      define: { 'process.env.NODE_ENV': '"production"' },
      loader: loaders,
      // The workspace's own settings are for its workflows; one way to write JSX is enough.
      tsconfigRaw: { compilerOptions: { jsx: 'react-jsx', useDefineForClassFields: true } },
      plugins: [screenFiles(state, path)],
    },
    path,
  )
  const textOf = (extension: string) =>
    result.outputFiles.find((file) => file.path.endsWith(extension))?.text ?? ''
  const css = textOf('.css')
  const style = css
    ? `document.head.appendChild(Object.assign(document.createElement('style'),{textContent:${JSON.stringify(css)}}));\n`
    : ''
  return style + textOf('.js')
}

/** The entry is ours, so a mistake there is one of the component. */
async function buildScreen(options: BuildOptions & { write: false }, path: string) {
  try {
    return await build(options)
  } catch (cause) {
    const [first] = (cause as Partial<BuildFailure>).errors ?? []
    if (first?.location?.file !== ENTRY) throw cause
    const message = 'A screen must export its component as default.'
    throw new BuildError({ message, path, line: null, column: null })
  }
}

function screenFiles(state: BundleState, path: string): Plugin {
  const { paths } = state
  return {
    name: 'screen-files',
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => {
        if (args.pluginData === 'resolving' || args.kind === 'entry-point') return
        if (PROVIDED.has(args.path)) return { path: args.path, namespace: MODULE_NAMESPACE }
        if (args.path === 'bifrost')
          return {
            errors: [
              { text: 'A screen runs in the browser: import from "bifrost/screen", not from "bifrost".' },
            ],
          }
        if (isBuiltin(args.path))
          return { errors: [{ text: `"${args.path}" is part of Node; a screen runs in the browser.` }] }
        const { kind, importer, resolveDir } = args
        const found = await build.resolve(args.path, { kind, importer, resolveDir, pluginData: 'resolving' })
        if (found.errors.length > 0) return { errors: [{ text: unresolvedText(args.path) }] }
        if (found.external || found.namespace !== 'file') return found
        const real = await realpath(found.path)
        // The entry is ours, and says nothing but the component's path.
        const isEntry = importer === '' || importer === ENTRY || importer === join(paths.root, ENTRY)
        const user = isEntry ? ownerSlug(path) : paths.ownerOf(importer)
        if (!mayUseFile(user, paths.ownerOf(real))) return { errors: [{ text: foreignFileText(args.path) }] }
        const everybodys = state.refuseEverybodys(user, real, args.path, isPartOfScreen(real))
        if (everybodys) return { errors: [{ text: everybodys }] }
        const isOfWorkspace = paths.isOwn(real) || paths.isInstalled(real)
        if (!isOfWorkspace && !state.isOfLinkedPackage(real, args.path, importer))
          return { errors: [{ text: `"${args.path}" is outside of the workspace.` }] }
        state.admit(found.path, isEntry ? (state.screens.get(path)?.importer ?? null) : paths.shown(importer))
        return found
      })

      build.onLoad({ filter: /.*/, namespace: MODULE_NAMESPACE }, async ({ path }) => ({
        contents: await providedModule(path),
      }))

      build.onLoad({ filter: /.*/, namespace: 'file' }, async ({ path }) => {
        const refusal = await state.refuseUnasked(path, isPartOfScreen(path))
        if (refusal) return { errors: [{ text: refusal }] }
        const found = await stat(path)
        const unfit = state.refuseSize(path, found)
        if (unfit) return { errors: [{ text: unfit }] }
        if (!paths.isOwn(path)) return
        const { size } = found
        state.progress(paths.shown(path))
        state.progress('')
        state.noteInput(path, found)
        if (size > limits.sourceFileBytesMax) return tooLarge(paths.shown(path), size)
        if (!(extname(path) in loaders) && isTooDeep(await readFile(path, 'utf8')))
          return failed(paths.shown(path), TOO_DEEP)
        return
      })
    },
  }
}

function tooLarge(path: string, size: number): OnLoadResult {
  const limit = limits.sourceFileBytesMax / 1024
  const message = `The file is ${Math.ceil(size / 1024)} KB; files of a screen may have ${limit} KB.`
  return failed(path, message)
}

const failed = (path: string, message: string): OnLoadResult => ({
  errors: [{ text: message, detail: new BuildError({ message, path, line: null, column: null }) }],
})

/** A module whose exports the frame gives. */
async function providedModule(specifier: string): Promise<string> {
  const names =
    specifier === 'bifrost/screen' ? await sdkNames() : Object.keys((await import(specifier)) as object)
  const lines = names
    .filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default' && name !== 'module.exports')
    .map((name) => `export const ${name} = provided.${name};`)
  return `const provided = globalThis[Symbol.for('bifrost.screen')].modules[${JSON.stringify(specifier)}];
export default provided;
${lines.join('\n')}\n`
}

async function sdkNames(): Promise<string[]> {
  const path = screenSdkEntry()
  const lang = extname(path) === '.tsx' ? 'tsx' : 'ts'
  const parsed = parseSync(path, await readFile(path, 'utf8'), { lang, sourceType: 'module' })
  return parsed.module.staticExports
    .flatMap((statement) => statement.entries)
    .filter((entry) => !entry.isType)
    .map((entry) => String(entry.exportName.name))
}

/** What every frame begins with: React, the components of "bifrost/screen", and the talk with the page around it. */
export async function bundleScreenRuntime(): Promise<string> {
  const result = await build({
    entryPoints: [join(screenSdkEntry(), '../frame.tsx')],
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx' } },
  })
  return result.outputFiles[0]?.text ?? ''
}
