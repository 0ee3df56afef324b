import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { limits, type SourceNote } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import type { Bundle } from '../types.ts'
import { isBuildError } from './build-error.ts'
import { bundleCode, bundleFile } from './bundle.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

/** Loads a bundle in a process of its own, with a capture that does nothing, and evaluates an expression on it. */
async function evaluate(bundle: Bundle, expression: string): Promise<unknown> {
  const program = `
    import { registerHooks } from 'node:module'
    process.setSourceMapsEnabled(true)
    globalThis[Symbol.for('bifrost.capture')] = { enter: () => ({}), failed() {}, tick() {} }
    const define = (options, fn) => fn ?? options
    globalThis[Symbol.for('bifrost.sdk')] = { workflow: define, tool: define, dataProvider: define, logger: { info() {} } }
    let source = ''
    for await (const chunk of process.stdin) source += chunk
    const url = 'file:///bifrost/bundle.mjs'
    registerHooks({
      resolve: (specifier, context, next) => (specifier === url ? { url, format: 'module', shortCircuit: true } : next(specifier, context)),
      load: (address, context, next) => (address === url ? { source, format: 'module', shortCircuit: true } : next(address, context)),
    })
    const m = await import(url)
    const at = (error) => String(error.stack).split('\\n').filter((line) => line.includes('/bifrost/')).map((line) => line.replace(/^.*\\/bifrost\\//, '').replace(/\\)$/, ''))
    console.log(JSON.stringify(await (${expression}) ?? null))`
  const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: '/' })
  running.child.stdin?.end(bundle.source)
  return JSON.parse((await running).stdout)
}

async function buildError(building: Promise<Bundle>): Promise<SourceNote> {
  try {
    await building
  } catch (error) {
    if (isBuildError(error)) return error.toNote()
    throw error
  }
  throw new Error('It was built.')
}

describe('a bundle of a workspace file', () => {
  test('runs with helpers, data files, packages of both kinds and built-in modules', async () => {
    using workspace = new FixtureWorkspace({
      'flows/main.ts': `
        import { readFileSync } from 'node:fs'
        import { workflow } from 'bifrost'
        import cjs from 'old-style'
        import { esm } from '@scope/new-style'
        import { shout } from '../_lib/text.js'
        import settings from './settings.json' with { type: 'json' }
        import note from './note.txt'
        import rows from './rows.csv'
        import query from './query.sql'
        import page from './page.html'
        import readme from './readme.md'
        export const main = workflow({}, async (name: string) => {
          const lazy = await import('../_lib/lazy.ts')
          return [shout(name), cjs.join('a', 'b'), esm(), settings.level, note, rows, query, page, readme, lazy.value, typeof readFileSync]
        })`,
      '_lib/text.ts': 'export const shout = (text: string): string => text.toUpperCase()',
      '_lib/lazy.ts': 'export const value: number = 42',
      'flows/settings.json': '{"level": 3}',
      'flows/note.txt': 'note',
      'flows/rows.csv': 'a,b\n1,2',
      'flows/query.sql': 'select 1',
      'flows/page.html': '<p>',
      'flows/readme.md': '# Hi',
      'package.json': '{"name": "ws"}',
      'node_modules/old-style/package.json': '{"name": "old-style", "main": "index.js"}',
      'node_modules/old-style/index.js':
        'const path = require("path"); try { require("./missing.node") } catch {}; exports.join = (...p) => path.posix.join(...p)',
      'node_modules/@scope/new-style/package.json':
        '{"name": "@scope/new-style", "type": "module", "exports": {".": "./lib/i.js"}}',
      'node_modules/@scope/new-style/lib/i.js': 'export function esm() { const local = "esm"; return local }',
    })
    const bundle = await bundleFile(workspace.dir, 'flows/main.ts')
    expect(await evaluate(bundle, 'm.main("ada")')).toEqual([
      'ADA',
      'a/b',
      'esm',
      3,
      'note',
      'a,b\n1,2',
      'select 1',
      '<p>',
      '# Hi',
      42,
      'function',
    ])
    expect(bundle.inputs.map((input) => input.path.slice(workspace.dir.length + 1)).sort()).toEqual(
      [
        '_lib/lazy.ts',
        '_lib/text.ts',
        'flows/main.ts',
        'flows/note.txt',
        'flows/page.html',
        'flows/query.sql',
        'flows/readme.md',
        'flows/rows.csv',
        'flows/settings.json',
        'node_modules/@scope/new-style/package.json',
        'node_modules/old-style/package.json',
        'package.json',
      ].sort(),
    )
    expect(bundle.source).not.toContain('"__bf1=__bf.enter("esm"')
  })

  test('is the same wherever the workspace lies, and another one when a helper changes', async () => {
    const files = {
      'a.ts':
        "import { b } from './lib/b.ts'\nimport { c } from 'c'\nexport const a = (x) => { return b + c + x }",
      'lib/b.ts': 'export const b = 1',
      'node_modules/c/package.json': '{"name": "c", "main": "c.js"}',
      'node_modules/c/c.js': 'exports.c = 1',
    }
    using one = new FixtureWorkspace(files)
    using two = new FixtureWorkspace(files)
    const first = await bundleFile(one.dir, 'a.ts')
    const second = await bundleFile(two.dir, 'a.ts')
    expect(second.source).toBe(first.source)
    expect(second.version).toBe(first.version)
    expect(first.source).not.toContain(one.dir)
    two.write('lib/b.ts', 'export const b = 2')
    expect((await bundleFile(two.dir, 'a.ts')).version).not.toBe(first.version)
  })

  test('has stacks that lead to the author’s files, lines and columns', async () => {
    using workspace = new FixtureWorkspace({
      'users/onboard.ts': [
        "import { workflow } from 'bifrost'",
        "import { check } from '../_lib.ts'",
        'interface Unused { a: string }',
        'export const onboard = workflow({}, async (name: string) => {',
        '  const greeting: string = "hi"; let n = 1; n++',
        '  for (const x of [1]) {',
        '    await null; check(name as string, n)',
        '  }',
        '})',
      ].join('\n'),
      '_lib.ts':
        'export function check(name: string, n: number) {\n  const a = 1\n  throw new Error(name)\n}\n',
    })
    const bundle = await bundleFile(workspace.dir, 'users/onboard.ts')
    expect(await evaluate(bundle, 'm.onboard("x").catch(at)')).toEqual([
      '_lib.ts:3:9',
      'users/onboard.ts:7:17',
    ])
  })

  test('allows circular imports', async () => {
    using workspace = new FixtureWorkspace({
      'a.ts':
        "import { b } from './b.ts'\nexport function a(n: number): number { let m = n; for (;;) { if (m < 9) return m; break } return b(m) }\nexport const first = b(1)",
      'b.ts':
        "import { a } from './a.ts'\nexport const b = (n: number): number => { let k = a(n); return k + 1 }\nexport const second = a(1)",
    })
    expect(await evaluate(await bundleFile(workspace.dir, 'a.ts'), '[m.first, m.a(2)]')).toEqual([2, 2])
  })

  test('takes JSX, and the settings of the workspace’s tsconfig, not of one above', async () => {
    using workspace = new FixtureWorkspace({
      'tsconfig.json':
        '{"compilerOptions": {"jsx": "react", "jsxFactory": "h", "paths": {"@lib/*": ["./ws/lib/*"]}}}',
      'ws/a.tsx': 'const h = (type: string) => type\nexport const a = <b />',
      'ws/b.ts': "import { x } from '@lib/x.ts'\nexport const b = x",
      'ws/lib/x.ts': 'export const x = 1',
    })
    expect(await evaluate(await bundleFile(workspace.dir, 'ws/a.tsx'), 'm.a')).toBe('b')
    expect(await evaluate(await bundleFile(workspace.dir, 'ws/b.ts'), 'm.b')).toBe(1)
    const inner = join(workspace.dir, 'ws')
    expect((await buildError(bundleFile(inner, 'b.ts'))).message).toContain('"@lib/x.ts" is not installed')
  })
})

describe('what an author must fix is told with path, line and column', () => {
  const cases: [string, Record<string, string>, SourceNote][] = [
    [
      'a syntax error in a helper',
      { 'a.ts': "import './_b.ts'", '_b.ts': 'const a = 1\n  const = 2' },
      { message: expect.stringContaining('Syntax error'), path: '_b.ts', line: 2, column: 9 },
    ],
    [
      'a missing file',
      { 'a.ts': "const x = 1\nimport { b } from './nope.ts'\nexport const c = b" },
      {
        message: 'There is no file "./nope.ts"; check its name and folder.',
        path: 'a.ts',
        line: 2,
        column: 19,
      },
    ],
    [
      'a package that is not installed',
      { 'a.ts': "import zod from '@a/zod/mini'\nexport const c = zod" },
      {
        message: '"@a/zod" is not installed; add it to the workspace\'s package.json and run npm install.',
        path: 'a.ts',
        line: 1,
        column: 17,
      },
    ],
    [
      'a missing module imported while running',
      { 'a.ts': "export const f = async () => {\n  const q = await import('./gone.ts')\n  return q }" },
      {
        message: 'There is no file "./gone.ts"; check its name and folder.',
        path: 'a.ts',
        line: 2,
        column: 26,
      },
    ],
    [
      'a name that "bifrost" does not have',
      { 'a.ts': "import { workflow,\n  nothing } from 'bifrost'\nexport const c = workflow(nothing)" },
      {
        message: expect.stringContaining('No matching export in "bifrost" for import "nothing"'),
        path: 'a.ts',
        line: 2,
        column: 3,
      },
    ],
    [
      'a name declared twice',
      { 'a.ts': 'export function f() {\n  const a = 1\n  const a = 2\n  return a }' },
      { message: expect.stringContaining('already been declared'), path: 'a.ts', line: 3, column: 9 },
    ],
    [
      'a file that is too large',
      { 'a.ts': "import './big.ts'", 'big.ts': `// ${'x'.repeat(limits.sourceFileBytesMax)}` },
      {
        message: 'The file is 1025 KB; source files may have 1024 KB.',
        path: 'big.ts',
        line: null,
        column: null,
      },
    ],
    [
      'a file that is not there',
      {},
      { message: 'There is no such file in the workspace.', path: 'a.ts', line: null, column: null },
    ],
  ]
  test.each(cases)('%s', async (_name, files, note) => {
    using workspace = new FixtureWorkspace(files)
    expect(await buildError(bundleFile(workspace.dir, 'a.ts'))).toEqual(note)
  })

  test('a module that may be missing, because the author tries', async () => {
    using workspace = new FixtureWorkspace({
      'a.ts':
        "export const f = async () => { try { return await import('not-there') } catch { return 'none' } }",
    })
    expect(await evaluate(await bundleFile(workspace.dir, 'a.ts'), 'm.f()')).toBe('none')
  })
})

describe('a bundle stays inside the workspace and its packages', () => {
  test('links, parent folders and absolute paths that lead out are refused', async () => {
    using outside = new FixtureWorkspace({ 'secret.json': '{"key": 1}', 'secret.txt': 'key' })
    using workspace = new FixtureWorkspace({
      'up.ts': `import x from '../${outside.dir.split('/').at(-1)}/secret.txt'\nexport const y = x`,
      'absolute.ts': `import x from '${outside.dir}/secret.json'\nexport const y = x`,
      'link.ts': "import x from './linked/secret.json'\nexport const y = x",
      'package.ts': "import x from 'evil/secret.json'\nexport const y = x",
      'node_modules/a/a.js': '',
    })
    symlinkSync(outside.dir, join(workspace.dir, 'linked'))
    symlinkSync(outside.dir, join(workspace.dir, 'node_modules/evil'))
    symlinkSync(join(outside.dir, 'secret.txt'), join(workspace.dir, 'entry.ts'))
    for (const path of ['up.ts', 'absolute.ts', 'link.ts', 'package.ts'])
      expect(await buildError(bundleFile(workspace.dir, path))).toMatchObject({
        message: expect.stringContaining('outside of the workspace'),
        path,
        line: 1,
      })
    expect((await buildError(bundleFile(workspace.dir, 'entry.ts'))).message).toContain(
      'outside of the workspace',
    )
    expect((await buildError(bundleFile(workspace.dir, '../x.ts'))).message).toContain('no such file')
  })

  test('a name that tsconfig.json or a package.json sends elsewhere is refused, also into a folder that is a package', async () => {
    using outside = new FixtureWorkspace({
      'package.json': '{"name": "platform"}',
      'keys.json': '{"key": 1}',
    })
    const up = `../${outside.dir.split('/').at(-1)}`
    using workspace = new FixtureWorkspace({
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { keys: [`${up}/keys.json`] } } }),
      'package.json': JSON.stringify({ name: 'w', imports: { '#keys': `./${up}/keys.json` } }),
      'node_modules/trick/package.json': JSON.stringify({ name: 'trick', main: `../../${up}/keys.json` }),
      'paths.ts': "import x from 'keys'\nexport const y = x",
      'imports.ts': "import x from '#keys'\nexport const y = x",
      'main.ts': "import x from 'trick'\nexport const y = x",
    })
    for (const path of ['paths.ts', 'main.ts'])
      expect((await buildError(bundleFile(workspace.dir, path))).message).toContain(
        'outside of the workspace',
      )
    expect(await buildError(bundleFile(workspace.dir, 'imports.ts'))).toMatchObject({ line: 1 })
  })

  test('a package that is linked from elsewhere may use its own files, and no others', async () => {
    using elsewhere = new FixtureWorkspace({
      'kit/package.json': '{"name": "kit", "main": "index.ts"}',
      'kit/index.ts': "export { part } from './part.ts'",
      'kit/part.ts': 'export const part = 1',
      'kit/escape.ts': "import x from '../other.json'\nexport const y = x",
      'other.json': '{}',
    })
    using workspace = new FixtureWorkspace({
      'a.ts': "export { part } from 'kit'",
      'b.ts': "export { y } from 'kit/escape.ts'",
      'node_modules/.keep': '',
    })
    symlinkSync(join(elsewhere.dir, 'kit'), join(workspace.dir, 'node_modules/kit'))
    const bundle = await bundleFile(workspace.dir, 'a.ts')
    expect(await evaluate(bundle, 'm.part')).toBe(1)
    expect(bundle.source).not.toContain(elsewhere.dir)
    expect((await buildError(bundleFile(workspace.dir, 'b.ts'))).message).toContain(
      'outside of the workspace',
    )
  })
})

describe('inline code', () => {
  test('sees input, imports from the workspace and returns', async () => {
    using workspace = new FixtureWorkspace({
      'lib/add.ts': 'export const add = (a: number, b: number): number => { const sum = a + b; return sum }',
      'code.ts': 'export const mine = "the file"',
      'package.json': '{}',
    })
    const bundle = await bundleCode(
      workspace.dir,
      "const { add } = await import('./lib/add.ts')\nconst { mine } = await import('./code.ts')\nconst os = await import('node:os')\nreturn [add(input.a as number, 2), mine, typeof os.cpus]",
    )
    expect(await evaluate(bundle, 'm.run({ a: 1 })')).toEqual([3, 'the file', 'function'])
  })

  test('has its own lines in stacks', async () => {
    using workspace = new FixtureWorkspace()
    const bundle = await bundleCode(workspace.dir, 'throw new Error("first")')
    expect(await evaluate(bundle, 'm.run({}).catch(at)')).toEqual(['code.ts:1:7'])
    const later = await bundleCode(workspace.dir, 'const a = 1\nlet b = a; b++\n  null.x')
    expect(await evaluate(later, 'm.run({}).catch(at)')).toEqual(['code.ts:3:8'])
  })

  test.each([
    ['const a = ;', 'Syntax error', 1, 11],
    ['return 1\n}\nfunction x() {', 'has no matching "{"', 2, 1],
    ['const a = 1\nimport x from "y"', 'use `await import("…")`', 2, 1],
    ['\nawait import("./nope.ts")', 'There is no file "./nope.ts"', 2, 14],
    ['await import("left-pad")', '"left-pad" is not installed', 1, 14],
    ['let a = 1; let a = 2', 'already been declared', 1, 16],
  ])('%j is refused with line and column', async (code, message, line, column) => {
    using workspace = new FixtureWorkspace()
    expect(await buildError(bundleCode(workspace.dir, code))).toEqual({
      message: expect.stringContaining(message),
      path: 'code.ts',
      line,
      column,
    })
  })
})

describe('a pattern in an import', () => {
  const files = {
    'lib/de.ts': `export const hello = 'Hallo'`,
    'lib/rates.json': '{"rate":"GLOBAL"}',
    'main.ts': 'export const load = (name: string) => import("./lib/" + name + ".ts")',
    'everywhere.ts': 'export const load = (name: string) => import("./organizations/b/" + name + ".ts")',
    'organizations/b/_secret.ts': `export const secret = 'OF B'`,
    'organizations/a/own.ts': 'export const load = (name: string) => import("./parts/" + name + ".ts")',
    'organizations/a/parts/one.ts': `export const hello = 'own'`,
    'organizations/a/of-b.ts': 'export const load = (name: string) => import("../b/" + name + ".ts")',
    'organizations/a/data.ts': 'export const load = (name: string) => import("../../lib/" + name + ".json")',
    'organizations/a/required.ts': `export const load = (name: string) => require('../b/' + name + '.ts')`,
    'out.ts': 'export const load = (name: string) => import("../out-of-reach/" + name + ".ts")',
  }

  test('takes files of the folder that it names', async () => {
    using workspace = new FixtureWorkspace(files)
    const bundle = await bundleFile(workspace.dir, 'main.ts')
    expect(await evaluate(bundle, `(await m.load('de')).hello`)).toBe('Hallo')
    const own = await bundleFile(workspace.dir, 'organizations/a/own.ts')
    expect(await evaluate(own, `(await m.load('one')).hello`)).toBe('own')
  })

  // The files that would fit are not named: no import asks for them by name.
  test.each([
    ['everywhere.ts', /matches files that this code may not use/],
    ['organizations/a/of-b.ts', /may only match files of its own folder/],
    ['organizations/a/data.ts', /may only match files of its own folder/],
    ['organizations/a/required.ts', /may only match files of its own folder/],
  ])('of %s takes nothing of an organization, nor data of everybody', async (path, message) => {
    using workspace = new FixtureWorkspace(files)
    expect(await buildError(bundleFile(workspace.dir, path))).toMatchObject({
      path,
      line: 1,
      message: expect.stringMatching(message),
    })
  })

  test('takes nothing from outside the workspace', async () => {
    using workspace = new FixtureWorkspace(files)
    const outside = join(workspace.dir, '../out-of-reach')
    mkdirSync(outside, { recursive: true })
    writeFileSync(join(outside, 'key.ts'), `export const key = 'OUT OF REACH'`)
    try {
      expect(await buildError(bundleFile(workspace.dir, 'out.ts'))).toMatchObject({
        message: expect.stringContaining('may only match files of its own folder'),
      })
    } finally {
      rmSync(outside, { recursive: true })
    }
  })
})
