import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { Bundles } from '../../bundles.ts'
import { isDurable } from '../../code-versions.ts'
import { isBuildError } from '../build-error.ts'
import { FixtureWorkspace } from '../fixture-workspace.ts'
import { bundlePython, bundlePythonCode } from './bundle.ts'

interface Source {
  language: string
  entry: string
  files: Record<string, string>
}

const read = (source: string) => JSON.parse(source) as Source

function bundled(files: Record<string, string>, path: string) {
  using workspace = new FixtureWorkspace(files)
  const bundle = bundlePython(workspace.dir, path)
  return { ...bundle, ...read(bundle.source) }
}

function errorOf(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (isBuildError(error)) return error.toNote()
    throw error
  }
  return null
}

test('a bundle is looked at again when a module comes whose folder was not there', () => {
  const { inputs } = bundled({ 'a.py': 'import gone.one\nfrom lost.deep import two' }, 'a.py')
  const absent = inputs
    .filter(({ size }) => size === -1)
    .map(({ path }) => path.split('/').slice(-3).join('/'))
  for (const path of ['gone/one.py', 'lost/deep.py', 'lost/deep/two.py'])
    expect(absent.some((one) => one.endsWith(path))).toBe(true)
})

test('a bundle is the file and all of the workspace that it imports, with the packages on the way', () => {
  const { language, entry, files } = bundled(
    {
      'flows/a/main.py': `
import json, httpx
import shared.one
from shared.tools import two as second
from shared.tools._auth import token

def later():
    from . import beside
    from ..other import thing
    import importlib
    importlib.import_module("shared.dynamic")
`,
      'flows/__init__.py': '# flows',
      'flows/a/beside.py': '',
      'flows/other.py': 'thing = 1',
      'shared/one.py': 'from .three import *',
      'shared/three.py': '',
      'shared/tools/__init__.py': 'from .four import four',
      'shared/tools/two.py': '',
      'shared/tools/four.py': '',
      'shared/tools/_auth.py': '',
      'shared/dynamic.py': '',
      'shared/unused.py': '',
      'unused.py': '',
    },
    'flows/a/main.py',
  )
  expect({ language, entry }).toEqual({ language: 'python', entry: 'flows/a/main.py' })
  expect(Object.keys(files)).toEqual([
    'flows/__init__.py',
    'flows/a/beside.py',
    'flows/a/main.py',
    'flows/other.py',
    'shared/dynamic.py',
    'shared/one.py',
    'shared/three.py',
    'shared/tools/__init__.py',
    'shared/tools/_auth.py',
    'shared/tools/four.py',
    'shared/tools/two.py',
  ])
  expect(files['flows/other.py']).toBe('thing = 1')
})

test('the version is that of all texts, and the inputs are all files with who imports them', () => {
  using workspace = new FixtureWorkspace({ 'a.py': 'import b', 'b.py': 'x = 1' })
  const first = bundlePython(workspace.dir, 'a.py')
  expect(first.inputs.map(({ path, importer, size }) => [path, importer, size])).toEqual([
    [join(workspace.dir, 'a.py'), undefined, 8],
    [join(workspace.dir, 'b.py'), 'a.py', 5],
    [join(workspace.dir, 'b/__init__.py'), undefined, -1],
  ])
  expect(first.sources).toEqual({ 'a.py': 'import b', 'b.py': 'x = 1' })
  expect(bundlePython(workspace.dir, 'a.py').version).toBe(first.version)
  workspace.write('b.py', 'x = 2')
  expect(bundlePython(workspace.dir, 'a.py').version).not.toBe(first.version)
})

test.for([
  ['import late, json', 'late.py'],
  ['from shared import late', 'shared/late.py'],
  ['import shared.tool', 'shared/__init__.py'],
  ['import shared.tool', 'shared/tool/__init__.py'],
] as const)('after %s, a module that comes to lie at %s makes the bundle an old one', ([text, path]) => {
  using workspace = new FixtureWorkspace({ 'a.py': text, 'shared/tool.py': '' })
  const bundles = new Bundles(() => Number.POSITIVE_INFINITY)
  const { version, inputs } = bundlePython(workspace.dir, 'a.py')
  bundles.set('a.py', { version, inputs, durable: false })
  expect(bundles.fresh('a.py')).toMatchObject({ version })
  workspace.write('json.py', '')
  expect(bundles.fresh('a.py')).toMatchObject({ version })
  workspace.write(path, '')
  expect(bundles.fresh('a.py')).toBeNull()
})

test('an import that leads nowhere is the matter of the run that comes to it', () => {
  const { files } = bundled({ 'a.py': 'import gone\nfrom . import x\nfrom b import y', 'b.py': '' }, 'a.py')
  expect(Object.keys(files)).toEqual(['a.py', 'b.py'])
})

test('files that import one another, and a file that is a package beside a module of its name', () => {
  const { files } = bundled(
    { 'a.py': 'import b', 'b.py': 'import a, c', 'c.py': '', 'c/__init__.py': 'import d', 'd.py': '' },
    'a.py',
  )
  expect(Object.keys(files)).toEqual(['a.py', 'b.py', 'c/__init__.py', 'd.py'])
})

test('a text in Latin-1 and one with a byte order mark are what Python reads', () => {
  using workspace = new FixtureWorkspace()
  workspace.write('a.py', Buffer.from('# -*- coding: latin-1 -*-\nimport b\nx = "\xe9"\n', 'latin1'))
  workspace.write('b.py', '\ufeffy = 1\n')
  const { files } = read(bundlePython(workspace.dir, 'a.py').source)
  expect(files['a.py']).toContain('x = "é"')
  expect(files['b.py']).toBe('y = 1\n')
})

describe('whose files it may have', () => {
  const files = {
    'shared.py': '',
    'evil.py': 'from organizations.acme import secret',
    'organizations/acme/secret.py': 'import shared',
    'organizations/acme/main.py': 'from . import secret',
    'organizations/beta/main.py': 'from ..acme import secret',
    'organizations/beta/absolute.py': 'x = 1\nimport organizations.acme.secret',
  }

  test("an organization's code has its own files and everybody's", () => {
    expect(Object.keys(bundled(files, 'organizations/acme/main.py').files)).toEqual([
      'organizations/acme/main.py',
      'organizations/acme/secret.py',
      'shared.py',
    ])
  })

  test.for([
    ['organizations/beta/main.py', '..acme', 1],
    ['organizations/beta/absolute.py', 'organizations.acme.secret', 2],
    ['evil.py', 'organizations.acme', 1],
  ] as const)('%s may not have those of another', ([path, module, line]) => {
    using workspace = new FixtureWorkspace(files)
    expect(errorOf(() => bundlePython(workspace.dir, path))).toMatchObject({
      message: `"${module}" is in the folder of an organization, and only files of that organization may use it.`,
      path,
      line,
    })
  })

  test('the same code of two owners is two versions', () => {
    using workspace = new FixtureWorkspace({
      'organizations/a/x.py': '',
      'organizations/b/x.py': '',
      'x.py': '',
    })
    const versions = ['organizations/a/x.py', 'organizations/b/x.py', 'x.py'].map(
      (path) => bundlePython(workspace.dir, path).version,
    )
    expect(new Set(versions).size).toBe(3)
  })
})

test('more than fits is refused, and so is a module that is too large', () => {
  const large = `x = """${'y'.repeat(limits.pythonModuleBytesMax - 100)}"""`
  using workspace = new FixtureWorkspace({
    'a.py': 'import b, c, d',
    'b.py': large,
    'c.py': large,
    'd.py': large,
    'e.py': 'import f',
    'f.py': `${large}${'#'.repeat(200)}`,
    'g.py': 'import b',
  })
  expect(errorOf(() => bundlePython(workspace.dir, 'a.py'))?.message).toContain('more than 16 MB together')
  expect(errorOf(() => bundlePython(workspace.dir, 'e.py'))).toMatchObject({
    message: expect.stringContaining('Python modules may have 8192 KB'),
    path: 'f.py',
  })
  expect(errorOf(() => bundlePython(workspace.dir, 'g.py'))).toBeNull()
})

test.for([
  ['from bifrost import step', true],
  ['from bifrost import workflow', false],
  ['import bifrost\nbifrost.step("a", f)', true],
  ['import bifrost as b\nb.durable.sleep(5)', true],
  ['import bifrost\nbifrost.config.get("step")', false],
  ['from bifrost import *\nsleep(5)', true],
  ['from bifrost import *\ntime_sleep(5)', false],
  ['from bifrost import workflows\nworkflows.run("x")', true],
  ['from bifrost import workflows\nworkflows.list()', false],
  ['from time import sleep', false],
  ['import helper', true],
] as const)('%s: durable is %s', ([text, durable]) => {
  const { source } = bundled({ 'a.py': text, 'helper.py': 'from bifrost import wait_for_event' }, 'a.py')
  expect(isDurable(source)).toBe(durable)
})

describe('inline code', () => {
  test('has the modules of the workspace that it imports', () => {
    using workspace = new FixtureWorkspace({ 'shared/x.py': 'y = 1' })
    const bundle = bundlePythonCode(workspace.dir, null, 'from shared import x\nreturn x.y + input["a"]')
    const { entry, files } = read(bundle.source)
    expect(entry).toBe('inline:code.py')
    expect(Object.keys(files)).toEqual(['inline:code.py', 'shared/x.py'])
    expect(bundle.inputs.filter(({ size }) => size >= 0).map(({ path }) => path)).toEqual([
      join(workspace.dir, 'shared/x.py'),
    ])
  })

  test('with a mistake it is refused with its line', () => {
    using workspace = new FixtureWorkspace()
    expect(errorOf(() => bundlePythonCode(workspace.dir, null, 'x = 1\nif x\n  y()'))).toMatchObject({
      message: expect.stringContaining('Syntax error: '),
      path: 'inline:code.py',
      line: 2,
    })
  })
})
