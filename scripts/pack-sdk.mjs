// `npm run pack-sdk`: the package "bifrost" as an archive that any project can install, with its types and without the rest
// of this repository.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const checkout = path.resolve(fileURLToPath(import.meta.url), '../..')
const target = path.resolve(process.argv[2] ?? path.join(checkout, 'dist'))
const sdk = JSON.parse(fs.readFileSync(path.join(checkout, 'packages/sdk/package.json'), 'utf8'))
const contract = JSON.parse(fs.readFileSync(path.join(checkout, 'packages/contract/package.json'), 'utf8'))

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bifrost-sdk-'))
try {
  await bundle()
  declare()
  describe()
  fs.mkdirSync(target, { recursive: true })
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', target], { cwd: folder, encoding: 'utf8' }),
  )
  console.log(path.join(target, packed.filename))
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}

async function bundle() {
  await build({
    entryPoints: [path.join(checkout, 'packages/sdk/src/index.ts')],
    outfile: path.join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['zod'],
    logLevel: 'warning',
  })
}

/** The declarations of the SDK and of the contract that it speaks, side by side. */
function declare() {
  const config = path.join(folder, 'tsconfig.json')
  fs.writeFileSync(
    config,
    JSON.stringify({
      extends: path.join(checkout, 'tsconfig.json'),
      compilerOptions: {
        // What is newer than Node 20 is an error here.
        lib: ['es2023', 'es2024.string'],
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        outDir: path.join(folder, 'types'),
        rootDir: path.join(checkout, 'packages'),
        rewriteRelativeImportExtensions: true,
        paths: { '@bifrost/contract': [path.join(checkout, 'packages/contract/src/index.ts')] },
        typeRoots: [path.join(checkout, 'node_modules/@types')],
      },
      include: [],
      files: [path.join(checkout, 'packages/sdk/src/index.ts')],
    }),
  )
  execFileSync(process.execPath, [path.join(checkout, 'node_modules/typescript7/bin/tsc'), '-p', config], {
    stdio: ['ignore', 2, 2],
  })
  fs.rmSync(config)
  const types = path.join(folder, 'types')
  for (const entry of fs.readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(types, entry)
    if (!file.endsWith('.d.ts')) continue
    const way = path
      .relative(path.dirname(file), path.join(types, 'contract/src/index.js'))
      .split(path.sep)
      .join('/')
    const text = fs
      .readFileSync(file, 'utf8')
      .replaceAll(/(['"])@bifrost\/contract\1/g, `'${way.startsWith('.') ? way : `./${way}`}'`)
    fs.writeFileSync(file, text)
  }
}

function describe() {
  fs.copyFileSync(path.join(checkout, 'LICENSE'), path.join(folder, 'LICENSE'))
  const { name, version, description, license } = sdk
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    `${JSON.stringify(
      {
        name,
        version,
        description,
        license,
        type: 'module',
        exports: { '.': { types: './types/sdk/src/index.d.ts', default: './index.js' } },
        engines: { node: '>=20' },
        dependencies: { zod: contract.dependencies.zod },
      },
      null,
      2,
    )}\n`,
  )
  fs.writeFileSync(
    path.join(folder, 'README.md'),
    '# bifrost\n\nThe SDK of Bifrost, for programs that are not runs: `connect({ url, token })`, then `config`, `tables`, `files`, `events`, `workflows`.\n',
  )
}
