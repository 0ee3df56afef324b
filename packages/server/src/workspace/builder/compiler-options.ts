import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import type { Fence } from './fence.ts'

/** What a workspace's tsconfig.json may decide. The rest is what the bundler does anyway. */
const honored = [
  'baseUrl',
  'customConditions',
  'exactOptionalPropertyTypes',
  'experimentalDecorators',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'jsxImportSource',
  'noImplicitAny',
  'noImplicitOverride',
  'noImplicitReturns',
  'noImplicitThis',
  'noPropertyAccessFromIndexSignature',
  'noUncheckedIndexedAccess',
  'paths',
  'pathsBasePath',
  'strict',
  'strictBindCallApply',
  'strictFunctionTypes',
  'strictPropertyInitialization',
  'useDefineForClassFields',
  'useUnknownInCatchVariables',
] as const

/** What a tsconfig.json extends, and what that extends, counts; of more than this, the rest is nothing. */
const TSCONFIGS_MAX = 50

/** `host` decides which files there are. */
export function compilerOptions(root: string, host: Fence['host']): ts.CompilerOptions {
  const own = readTsconfig(root, host)
  const chosen = Object.fromEntries(
    honored.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]])),
  )
  return {
    strict: true,
    // A parameter without a type is a text field, not a mistake.
    noImplicitAny: false,
    ...chosen,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    lib: ['lib.esnext.d.ts'],
    // Without it `string | null` would be `string`, and every parameter required.
    strictNullChecks: true,
    allowImportingTsExtensions: true,
    allowJs: true,
    checkJs: false,
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
    typeRoots: [join(root, 'node_modules/@types'), ...platformTypes()],
    types: ['node'],
  }
}

function readTsconfig(root: string, host: Fence['host']): ts.CompilerOptions {
  const file = join(root, 'tsconfig.json')
  if (!host.fileExists(file)) return {}
  let reads = 0
  const readFile = (name: string) => (++reads <= TSCONFIGS_MAX ? host.readFile(name) : undefined)
  try {
    const { config } = ts.readConfigFile(file, readFile) as { config?: object }
    // The list of files is ours, so the one of the tsconfig is not looked for.
    const parseHost = { ...host, readFile, readDirectory: () => [] }
    return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, parseHost, root).options
  } catch {
    // Nested too deeply: then there are no settings, as when it has a syntax error.
    return {}
  }
}

/** Node's types as installed with the platform, for workspaces that have none. */
function platformTypes(): string[] {
  const found: string[] = []
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const types = join(folder, 'node_modules/@types')
    if (existsSync(join(types, 'node'))) found.push(types)
    if (dirname(folder) === folder) return found
  }
}
