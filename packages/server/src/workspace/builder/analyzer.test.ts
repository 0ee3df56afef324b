import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AnalyzedFile } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const flow = (name: string, parameters = '', imports = '') =>
  `import { workflow } from 'bifrost'\n${imports}\nexport const ${name} = workflow(async (${parameters}) => 1)\n`

const summary = (files: AnalyzedFile[]) =>
  Object.fromEntries(
    files.map((file) => [file.path, file.error?.message ?? file.executables.map((one) => one.name)]),
  )

describe('which files are read', () => {
  test('all of the workspace but helpers, tests, declarations, installed and hidden ones', () => {
    using workspace = new FixtureWorkspace({
      'a.ts': flow('a'),
      'deep/er/b.mts': flow('b'),
      'screens/c.tsx': `${flow('c')}export const view = <div />`,
      'helper.ts': 'export const x = 1',
      '_d.ts': flow('d'),
      '_lib/e.ts': flow('e'),
      '.hidden/f.ts': flow('f'),
      '.g.ts': flow('g'),
      'h.test.ts': flow('h'),
      'i.d.ts': 'export declare const i: number',
      'j.js': flow('j'),
      'node_modules/pkg/k.ts': flow('k'),
    })
    expect(summary(new Analyzer(workspace.dir).analyze())).toEqual({
      'a.ts': ['a'],
      'deep/er/b.mts': ['b'],
      'helper.ts': [],
      'screens/c.tsx': ['c'],
    })
  })

  test('links are not followed', () => {
    using outside = new FixtureWorkspace({ 'x.ts': flow('x'), 'folder/y.ts': flow('y') })
    using workspace = new FixtureWorkspace({ 'a.ts': flow('a') })
    symlinkSync(join(outside.dir, 'x.ts'), join(workspace.dir, 'x.ts'))
    symlinkSync(join(outside.dir, 'folder'), join(workspace.dir, 'folder'))
    symlinkSync(workspace.dir, join(workspace.dir, 'loop'))
    expect(summary(new Analyzer(workspace.dir).analyze())).toEqual({ 'a.ts': ['a'] })
  })

  test('an empty workspace, and one that is reached through a link, are workspaces', () => {
    using empty = new FixtureWorkspace()
    using holder = new FixtureWorkspace()
    expect(new Analyzer(empty.dir).analyze()).toEqual([])
    empty.write('a.ts', flow('a'))
    symlinkSync(empty.dir, join(holder.dir, 'ws'))
    expect(summary(new Analyzer(join(holder.dir, 'ws')).analyze())).toEqual({ 'a.ts': ['a'] })
  })
})

describe('files that cannot be read disturb no other', () => {
  test('syntax, size, binary, encoding, imports', () => {
    using workspace = new FixtureWorkspace({
      'good.ts': flow('good'),
      'syntax.ts': `${flow('broken')}\nexport const = 5\nlet let`,
      'huge.ts': `// ${'x'.repeat(5 * 1024 * 1024)}`,
      'circle-a.ts': flow(
        'a',
        'x: B',
        "import type { B } from './circle-b.ts'\nimport './circle-b.ts'\nexport interface A { b?: B }",
      ),
      'circle-b.ts': flow(
        'b',
        'x: A',
        "import { type A, a } from './circle-a.ts'\nexport interface B { a?: A }\na",
      ),
      'uses-huge.ts': flow('usesHuge', '', "import './huge.ts'"),
      'only-import.ts': "import './nothing.ts'",
      'lost.ts': flow('lost', '', "import { z } from 'zod'\nz"),
      'helped.ts': flow('helped', '', "import { help } from './_broken.ts'\nhelp"),
      '_broken.ts': 'export const help = \n  ;',
      'fine.ts': flow(
        'fine',
        '',
        "import { readFileSync } from 'node:fs'\nimport type { T } from './gone.ts'\nimport text from './note.txt'\nimport data from './data.json'\nexport const lazy = async () => { try { return await import('maybe') } catch { return [readFileSync, text, data] } }",
      ),
      'note.txt': 'text',
      'data.json': '{}',
    })
    workspace.write('binary.ts', Buffer.from([0x89, 0x50, 0, 1]))
    workspace.write('latin1.ts', Buffer.from([0x2f, 0x2f, 0xe4, 0x0a]))
    const files = new Analyzer(workspace.dir).analyze()
    expect(summary(files)).toEqual({
      'binary.ts': 'The file is binary, not TypeScript.',
      'circle-a.ts': ['a'],
      'circle-b.ts': ['b'],
      'fine.ts': ['fine'],
      'good.ts': ['good'],
      'helped.ts': ['helped'],
      'huge.ts': 'The file is 5121 KB; source files may have 1024 KB.',
      'latin1.ts': 'The file is not UTF-8 text.',
      'lost.ts': ['lost'],
      'only-import.ts': 'There is no file "./nothing.ts"; check its name and folder.',
      'syntax.ts': expect.stringContaining('Syntax error'),
      'uses-huge.ts': ['usesHuge'],
    })
    const byPath = Object.fromEntries(files.map((file) => [file.path, file]))
    expect(byPath['syntax.ts']?.error).toMatchObject({ path: 'syntax.ts', line: 5, column: 14 })
    expect(byPath['lost.ts']?.executables[0]?.error).toEqual({
      message: '"zod" is not installed; add it to the workspace\'s package.json and run npm install.',
      path: 'lost.ts',
      line: 2,
      column: 19,
    })
    expect(byPath['helped.ts']?.executables[0]?.error).toMatchObject({ path: '_broken.ts', line: 2 })
    expect(byPath['uses-huge.ts']?.executables[0]?.error).toMatchObject({ path: 'huge.ts' })
    expect(byPath['good.ts']?.executables[0]?.error).toBeNull()
    expect(byPath['fine.ts']?.executables[0]?.error).toBeNull()
    expect(byPath['circle-a.ts']?.executables[0]?.parameters[0]).toMatchObject({
      type: 'object',
      fields: [
        { name: 'a', type: 'object', fields: [{ name: 'b', type: 'json', note: expect.any(String) }] },
      ],
    })
  })
})

describe('after a change', () => {
  const files = {
    'a.ts': flow('a', 'row: Row', "import type { Row } from './_types.ts'"),
    'b.ts': flow('b', 'row: Box', "import type { Box } from './_between.ts'"),
    'c.ts': flow('c', 'n: number'),
    '_types.ts': 'export interface Row { id: string }',
    '_between.ts': "import type { Row } from './_types.ts'\nexport type Box = { row: Row }",
  }
  const idType = (analyzed: AnalyzedFile[], path: string) =>
    JSON.stringify(analyzed.find((file) => file.path === path)?.executables[0]?.parameters[0]?.fields).match(
      /"name":"id","type":"(\w+)"/,
    )?.[1]

  test.each(['a process that read everything', 'a process that was just started'])(
    '%s reads the file and all that depend on it, and no other',
    (which) => {
      using workspace = new FixtureWorkspace(files)
      const analyzer = new Analyzer(workspace.dir)
      if (which.endsWith('everything')) expect(analyzer.analyze()).toHaveLength(3)

      workspace.write('_types.ts', 'export interface Row { id: number }')
      const changed = analyzer.analyze(['_types.ts'])
      expect(changed.map((file) => file.path)).toEqual(['a.ts', 'b.ts'])
      expect([idType(changed, 'a.ts'), idType(changed, 'b.ts')]).toEqual(['number', 'number'])

      workspace.write('c.ts', flow('c', 'n: boolean'))
      const own = analyzer.analyze(['c.ts'])
      expect(own.map((file) => [file.path, file.executables[0]?.parameters[0]?.type])).toEqual([
        ['c.ts', 'boolean'],
      ])

      workspace.write('_types.ts', 'export interface Row { id: string }')
      expect(idType(analyzer.analyze(['_types.ts']), 'b.ts')).toBe('string')
    },
  )

  test('a file that is gone is not in the answer, and breaks those that import it until it is back', () => {
    using workspace = new FixtureWorkspace({
      'a.ts': flow('a', '', "import { help } from './help.ts'\nhelp"),
      'help.ts': 'export const help = 1',
      'b.ts': flow('b'),
    })
    const analyzer = new Analyzer(workspace.dir)
    analyzer.analyze()
    workspace.remove('help.ts')
    workspace.remove('b.ts')
    const [a, ...others] = analyzer.analyze(['help.ts', 'b.ts'])
    expect(others).toEqual([])
    expect(a?.executables[0]?.error).toMatchObject({
      message: expect.stringContaining('no file "./help.ts"'),
      line: 2,
    })

    workspace.write('help.ts', 'export const help = 2')
    const back = analyzer.analyze(['help.ts'])
    expect(summary(back)).toEqual({ 'a.ts': ['a'], 'help.ts': [] })
    expect(back[0]?.executables[0]?.error).toBeNull()
  })

  test('a new file, a renamed one, one that becomes a helper', () => {
    using workspace = new FixtureWorkspace(files)
    const analyzer = new Analyzer(workspace.dir)
    analyzer.analyze()
    workspace.write('new.ts', flow('fresh', 'row: Row', "import type { Row } from './_types.ts'"))
    expect(summary(analyzer.analyze(['new.ts']))).toEqual({ 'new.ts': ['fresh'] })
    workspace.remove('new.ts')
    workspace.write('_new.ts', flow('fresh'))
    expect(summary(analyzer.analyze(['new.ts', '_new.ts']))).toEqual({})
    workspace.write('a.ts', 'export const nothing = 1')
    expect(summary(analyzer.analyze(['a.ts']))).toEqual({ 'a.ts': [] })
  })

  test('an installed package, or the tsconfig, makes everything be read again', () => {
    using workspace = new FixtureWorkspace({
      'a.ts': flow(
        'a',
        'x: Ticket',
        "import type { Ticket } from 'kit'\nimport { help } from '@/help.ts'\nhelp",
      ),
      'lib/help.ts': 'export const help = 1',
      'package.json': '{}',
    })
    const analyzer = new Analyzer(workspace.dir)
    expect(analyzer.analyze()[0]?.executables[0]?.error?.message).toContain('"@/help.ts" is not installed')
    workspace.write('node_modules/kit/package.json', '{"name": "kit", "types": "index.d.ts"}')
    workspace.write('node_modules/kit/index.d.ts', 'export interface Ticket { title: string }')
    workspace.write('tsconfig.json', '{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}')
    const [a] = analyzer.analyze(['package.json', 'tsconfig.json'])
    expect(a?.executables[0]).toMatchObject({
      error: null,
      parameters: [{ type: 'object', fields: [{ name: 'title' }] }],
    })
  })
})

describe('type errors', () => {
  test('are those of workflows and what they use, with line and column', () => {
    using workspace = new FixtureWorkspace({
      'a.ts': flow(
        'a',
        'n: number',
        "import { help } from './_help.ts'\nimport text from './x.csv'\nconst t: string = help + text; t",
      ),
      '_help.ts': "export const help = 1\nexport const wrong: number = 'x'",
      'x.csv': '',
      'unused.ts': 'export const alone: number = "not looked at"',
      'node.ts': `${flow('n')}export const m = [process.env, Buffer.from(''), fetch, console.log, new URL('x:y')]`,
      'syntax.ts': 'export const = 1',
      'bad-option.ts':
        "import { workflow } from 'bifrost'\nexport const b = workflow({ bogus: 1 }, async (untyped) => untyped)",
    })
    const notes = new Analyzer(workspace.dir).typeErrors()
    expect(notes.map(({ path, line, column, message }) => [path, line, column, message])).toEqual([
      ['syntax.ts', 1, 14, expect.stringContaining('Syntax error')],
      ['bad-option.ts', 2, 29, expect.stringContaining("'bogus' does not exist")],
      ['_help.ts', 2, 14, "Type 'string' is not assignable to type 'number'."],
    ])
  })

  test('there are none in what the pages teach: inputs and a context without a type', () => {
    using workspace = new FixtureWorkspace({
      'untyped.ts': `import { dataProvider, tool, workflow } from 'bifrost'
export const a = workflow(async (a: string, context) => context.executionId)
export const b = workflow({ timeoutSeconds: 5 }, async (a, ctx) => ctx.log + a.length)
export const c = workflow(async ({ a, ...rest }) => ({ a, rest }))
export const d = tool({ description: 'd' }, async ({ a, b = 2 }, _context) => [a.b, b, _context.orgId])
export const e = dataProvider(async (search) => [{ label: search.trim(), value: '1' }])
export const f = workflow((n: number, s = 'x') => s.repeat(n))
export const called = async () => [await a('x', null), (await c({ a: 1, b: 2 })).rest, f(2)]`,
      'typed.ts': `import { workflow } from 'bifrost'
export const typed = workflow(async (n: number) => n)
export const wrong = () => typed('x')`,
    })
    expect(new Analyzer(workspace.dir).typeErrors().map(({ path, line }) => [path, line])).toEqual([
      ['typed.ts', 3],
    ])
  })
})
