import { symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { AnalyzedFile } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { bundleFile } from './bundle.ts'
import { BundlePaths } from './bundle-paths.ts'
import { bundleScreen } from './bundle-screen.ts'
import { BundleState } from './bundle-state.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'
import { silent } from './progress.ts'

const flow = (name: string, parameters: string, imports = '') =>
  `import { workflow, type FileRef } from 'bifrost'\n${imports}\nexport type Used = FileRef\nexport const ${name} = workflow(async (${parameters}) => 1)\n`

const optionsOf = (files: AnalyzedFile[], name: string) => {
  const found = files.flatMap((file) => file.executables).find((one) => one.name === name)
  return JSON.stringify(found?.parameters ?? null)
}
const manifest = (name: string, more: object) => JSON.stringify({ name, version: '1.0.0', ...more })

const outside = new FixtureWorkspace({
  'secret.ts': "export const SECRET = 'literal-of-the-machine'",
  'secret.d.ts': "export declare const SECRET: 'literal-of-the-machine'",
  'globals.d.ts': "declare const GLOBAL_SECRET: 'literal-of-the-machine'",
  'package.json': manifest('outside', { types: './secret.d.ts', main: './secret.ts' }),
  'node_modules/hoisted/index.js': "export const hoisted = 'literal-of-the-machine'",
  'node_modules/.package-lock.json': '{"secret": "literal-of-the-machine"}',
})
afterAll(() => outside.remove())

describe('what an organization’s types can lead to', () => {
  const { dir } = outside
  const up = (workspace: FixtureWorkspace, from: string) => relative(join(workspace.dir, dirname(from)), dir)
  const asked = "'own' | typeof SECRET"
  const packageOf = (fields: object, files: Record<string, string> = {}) => ({
    'organizations/a/node_modules/t/package.json': manifest('t', fields),
    'organizations/a/x.ts': flow('x', `p: ${asked}`, "import type { SECRET } from 't'"),
    ...Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`organizations/a/node_modules/t/${name}`, text]),
    ),
  })
  const cases: [string, (workspace: FixtureWorkspace) => Record<string, string>][] = [
    ['types with an absolute path', () => packageOf({ types: `${dir}/secret.ts` })],
    [
      'types with a path upwards',
      (workspace) => packageOf({ types: `${up(workspace, 'organizations/a/node_modules/t/x')}/secret.d.ts` }),
    ],
    [
      'typesVersions',
      () => packageOf({ types: 'x.d.ts', typesVersions: { '*': { '*': [`${dir}/secret.d.ts`] } } }),
    ],
    ['exports', () => packageOf({ exports: { '.': { types: `${dir}/secret.d.ts` } } })],
    ['main', () => packageOf({ main: `${dir}/secret.ts` })],
    [
      'a re-export of a package',
      () => packageOf({ types: 'x.d.ts' }, { 'x.d.ts': `export * from '${dir}/secret.ts'` }),
    ],
    [
      'a reference path in a package',
      () =>
        packageOf(
          { types: 'x.d.ts' },
          {
            'x.d.ts': `/// <reference path="${dir}/globals.d.ts" />\nexport declare const SECRET: typeof GLOBAL_SECRET`,
          },
        ),
    ],
    [
      'an import of the file',
      () => ({
        'organizations/a/x.ts': flow('x', `p: ${asked}`, `import type { SECRET } from '${dir}/secret.ts'`),
      }),
    ],
    [
      'an import type',
      () => ({
        'organizations/a/x.ts': flow('x', `p: 'own' | (typeof import('${dir}/secret.ts'))['SECRET']`),
      }),
    ],
    [
      'imports of a package.json',
      () => ({
        'organizations/a/package.json': manifest('a', { imports: { '#s': `${dir}/secret.ts` } }),
        'organizations/a/x.ts': flow('x', `p: ${asked}`, "import type { SECRET } from '#s'"),
      }),
    ],
    [
      'a tsconfig.json of the organization',
      () => ({
        'organizations/a/tsconfig.json': JSON.stringify({
          compilerOptions: { paths: { s: [`${dir}/secret.ts`] } },
        }),
        'organizations/a/x.ts': flow('x', `p: ${asked}`, "import type { SECRET } from 's'"),
      }),
    ],
    [
      'paths of the workspace',
      () => ({
        'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { s: [`${dir}/secret.ts`] } } }),
        'organizations/a/x.ts': flow('x', `p: ${asked}`, "import type { SECRET } from 's'"),
      }),
    ],
  ]
  test.each(cases)('not to files of the machine: %s', (_name, files) => {
    using workspace = new FixtureWorkspace()
    for (const [path, text] of Object.entries(files(workspace))) workspace.write(path, text)
    expect(JSON.stringify(new Analyzer(workspace.dir, 'a').analyze())).not.toContain('literal-of-the-machine')
  })
})

test('an organization’s link into another folder shows nothing of it', () => {
  using workspace = new FixtureWorkspace({
    'organizations/a/x.ts': flow(
      'x',
      "p: 'own' | typeof SECRET",
      "import type { SECRET } from './linked/secret.ts'",
    ),
    'organizations/b/secret.ts': "export const SECRET = 'literal-of-the-machine'",
  })
  for (const target of [outside.dir, join(workspace.dir, 'organizations/b')]) {
    workspace.remove('organizations/a/linked')
    symlinkSync(target, join(workspace.dir, 'organizations/a/linked'))
    expect(JSON.stringify(new Analyzer(workspace.dir, 'a').analyze())).not.toContain('literal-of-the-machine')
  }
})

test('what an organization’s packages declare changes the types of no other organization', () => {
  const poison =
    "import 'bifrost'\ndeclare module 'bifrost' { interface FileRef { evil: string } }\ndeclare global { interface Date { evil: string } }\nexport type P = 1"
  const poisoned = (name: string) => flow(name, "p: 'own' | keyof FileRef, q: keyof Date | 'own'")
  using workspace = new FixtureWorkspace({
    'organizations/a/node_modules/poison/package.json': manifest('poison', { types: 'index.d.ts' }),
    'organizations/a/node_modules/poison/index.d.ts': poison,
    'organizations/a/a.ts': `import type {} from 'poison'\n${poisoned('a')}`,
    'organizations/b/b.ts': poisoned('b'),
    'everybodys.ts': poisoned('everybodys'),
  })
  new Analyzer(workspace.dir, 'a').analyze()
  expect(optionsOf(new Analyzer(workspace.dir, 'b').analyze(), 'b')).not.toContain('evil')
  const everybodys = new Analyzer(workspace.dir, null).analyze()
  expect(optionsOf(everybodys, 'everybodys')).not.toContain('evil')
  expect(everybodys.map((file) => file.path)).toEqual(['everybodys.ts'])
})

test('packages of the workspace, of the organization and linked ones have types', () => {
  using workspace = new FixtureWorkspace({
    'node_modules/shared/package.json': manifest('shared', { types: 'index.d.ts' }),
    'node_modules/shared/index.d.ts': "export type Shared = 'shared'",
    'organizations/a/node_modules/own/package.json': manifest('own', { types: 'index.d.ts' }),
    'organizations/a/node_modules/own/index.d.ts': "export type Own = 'of-own'",
    'organizations/a/a.ts': flow(
      'a',
      'p: Shared | Own | typeof SECRET',
      "import type { Shared } from 'shared'\nimport type { Own } from 'own'\nimport type { SECRET } from 'linked'",
    ),
  })
  symlinkSync(outside.dir, join(workspace.dir, 'node_modules/linked'))
  const options = optionsOf(new Analyzer(workspace.dir, 'a').analyze(), 'a')
  for (const value of ['shared', 'of-own', 'literal-of-the-machine']) expect(options).toContain(value)
})

describe('a bundle takes packages of the workspace and of its owner', () => {
  const cases: [string, string, string, (workspace: FixtureWorkspace) => Record<string, string>][] = [
    [
      'a main in node_modules of the machine',
      "import x from 'trick'",
      'outside of the workspace',
      (workspace) => ({
        'organizations/a/node_modules/trick/package.json': manifest('trick', {
          main: `${relative(join(workspace.dir, 'organizations/a/node_modules/trick'), outside.dir)}/node_modules/.package-lock.json`,
        }),
      }),
    ],
    [
      'a path to node_modules of the machine',
      `import x from '${outside.dir}/node_modules/hoisted/index.js'`,
      'outside of the workspace',
      () => ({}),
    ],
    [
      'a package of another organization',
      "import x from '../b/node_modules/of-b/index.js'",
      'organization',
      () => ({ 'organizations/b/node_modules/of-b/index.js': 'export default 1' }),
    ],
    [
      'a screen of node_modules of the machine',
      `import { screen } from 'bifrost'\nimport x from './_view.tsx'\nscreen('s', { component: './_view.tsx' })`,
      'outside of the workspace',
      () => ({
        'organizations/a/_view.tsx': `import { hoisted } from '${outside.dir}/node_modules/hoisted/index.js'\nexport default () => <b>{hoisted}</b>`,
      }),
    ],
  ]
  test.each(cases)('not %s', async (_name, imports, message, files) => {
    using workspace = new FixtureWorkspace()
    for (const [path, text] of Object.entries(files(workspace))) workspace.write(path, text)
    workspace.write('organizations/a/x.ts', `${imports}\nexport const y = x`)
    const error = await bundleFile(workspace.dir, 'organizations/a/x.ts').then(
      () => null,
      (cause: unknown) => cause as Error,
    )
    expect(error?.message.replace('organization', 'organization')).toContain(message)
  })

  test('not a link in the organization’s node_modules, though it is a package', async () => {
    using workspace = new FixtureWorkspace({
      'organizations/a/x.ts': "import { SECRET } from 'linked'\nexport const y = SECRET",
      'organizations/a/node_modules/.keep': '',
      'node_modules/.keep': '',
    })
    symlinkSync(outside.dir, join(workspace.dir, 'organizations/a/node_modules/linked'))
    await expect(bundleFile(workspace.dir, 'organizations/a/x.ts')).rejects.toThrow(
      'outside of the workspace',
    )
    symlinkSync(outside.dir, join(workspace.dir, 'node_modules/linked'))
    workspace.remove('organizations/a/node_modules/linked')
    expect((await bundleFile(workspace.dir, 'organizations/a/x.ts')).source).toContain('literal')
  })

  test('what npm put above a workspace of several is what its package.json depends on, and no more', async () => {
    const hoisted = (name: string, more: object = {}) => ({
      [`node_modules/${name}/package.json`]: manifest(name, {
        main: 'index.js',
        types: 'index.d.ts',
        ...more,
      }),
      [`node_modules/${name}/index.d.ts`]: `export type Made = 'of-${name}'; export declare const made: string`,
    })
    using around = new FixtureWorkspace({
      'package.json': manifest('around', { workspaces: ['ws'] }),
      ...hoisted('direct', { dependencies: { '@scope/deep': '1' } }),
      'node_modules/direct/index.js': "export { made } from '@scope/deep'",
      ...hoisted('@scope/deep'),
      'node_modules/@scope/deep/index.js': "export const made = 'made-deep'",
      ...hoisted('stray'),
      'node_modules/stray/index.js': "export const made = 'made-stray'",
      'ws/package.json': manifest('flows', { dependencies: { direct: '1' } }),
      'ws/x.ts': flow(
        'x',
        "p: 'own' | Made",
        "import { type Made, made } from 'direct'\nexport const used = made",
      ),
      'ws/_view.tsx': "import { made } from 'direct'\nexport default () => made",
      'ws/y.ts': flow(
        'y',
        "p: 'own' | Made",
        "import { type Made, made } from 'stray'\nexport const used = made",
      ),
    })
    const root = join(around.dir, 'ws')
    // Nothing is installed for it: another's node_modules happens to be above.
    await expect(bundleFile(root, 'x.ts')).rejects.toThrow('outside of the workspace')

    symlinkSync(root, join(around.dir, 'node_modules/flows'))
    expect((await bundleFile(root, 'x.ts')).source).toContain('made-deep')
    await expect(bundleFile(root, 'y.ts')).rejects.toThrow('outside of the workspace')
    const state = new BundleState(new BundlePaths(root), null, null, silent)
    expect(await bundleScreen(state, '_view.tsx')).toContain('made-deep')
    const files = new Analyzer(root).analyze()
    expect(optionsOf(files, 'x')).toContain('of-direct')
    expect(optionsOf(files, 'y')).not.toContain('of-stray')
  })

  test('a node_modules that is a link gives all its packages', async () => {
    using installed = new FixtureWorkspace({
      'node_modules/direct/package.json': manifest('direct', { main: 'index.js' }),
      'node_modules/direct/index.js': "export { made } from '@scope/deep'",
      'node_modules/@scope/deep/package.json': manifest('@scope/deep', { main: 'index.js' }),
      'node_modules/@scope/deep/index.js': "export const made = 'made-deep'",
    })
    using workspace = new FixtureWorkspace({
      'x.ts': "import { made } from 'direct'\nexport const y = made",
      'organizations/a/x.ts': "import { made } from 'direct'\nexport const y = made",
    })
    symlinkSync(join(installed.dir, 'node_modules'), join(workspace.dir, 'organizations/a/node_modules'))
    await expect(bundleFile(workspace.dir, 'organizations/a/x.ts')).rejects.toThrow(
      'outside of the workspace',
    )
    symlinkSync(join(installed.dir, 'node_modules'), join(workspace.dir, 'node_modules'))
    expect((await bundleFile(workspace.dir, 'x.ts')).source).toContain('made-deep')
  })

  test('not its own files through a package without a name, up to a named folder around the workspace', async () => {
    using around = new FixtureWorkspace({
      'package.json': manifest('around', {}),
      'key.json': '{"key": "literal-of-the-machine"}',
      'ws/organizations/a/x.ts': "import x from 'nameless'\nexport const y = x",
      'ws/organizations/a/node_modules/nameless/package.json': '{"main": "index.js"}',
      'ws/organizations/a/node_modules/nameless/index.js':
        "export { default } from '../../../../../key.json'",
    })
    await expect(bundleFile(join(around.dir, 'ws'), 'organizations/a/x.ts')).rejects.toThrow(
      'outside of the workspace',
    )
  })
})
