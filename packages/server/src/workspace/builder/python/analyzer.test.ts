import { describe, expect, test } from 'vitest'
import type { AnalyzedFile } from '../../types.ts'
import { FixtureWorkspace } from '../fixture-workspace.ts'
import { PythonAnalyzer } from './analyzer.ts'
import { analyzed, fileOf } from './fixture-python.ts'

const flow = (name: string, imports = '', parameters = '') =>
  `${imports}\nfrom bifrost import workflow\n@workflow\ndef ${name}(${parameters}): pass\n`

const summary = (files: AnalyzedFile[]) =>
  Object.fromEntries(
    files.map((file) => [file.path, file.error?.message ?? file.executables.map((one) => one.name)]),
  )

test('all files are read but helpers, hidden and installed ones', () => {
  expect(
    summary(
      analyzed({
        'a.py': flow('a'),
        'deep/er/b.py': flow('b'),
        'helper.py': 'x = 1',
        '_c.py': flow('c'),
        '_lib/d.py': flow('d'),
        'deep/__init__.py': flow('e'),
        '.venv/f.py': flow('f'),
        'venv/lib/python3.12/site-packages/g.py': flow('g'),
        'node_modules/h.py': flow('h'),
        'i.pyi': flow('i'),
      }),
    ),
  ).toEqual({ 'a.py': ['a'], 'deep/er/b.py': ['b'], 'helper.py': [] })
})

describe('a file that cannot be read is listed with its line, and disturbs no other', () => {
  test.for([
    ['a colon is missing', 'def x()\n    pass\n', 5, 'Syntax error: '],
    ['a bracket is not closed', 'x = (1,\n', 5, '"(" is never closed'],
    ['a bracket closes another one', 'x = (1]\n', 5, '"]" does not close the "("'],
    ['a string is not closed', 'x = "abc\ny = 1\n', 5, 'a string is not closed'],
    ['a line is indented', '  x = 1\n', 5, 'nothing above it opens a block'],
    ['an indentation fits nowhere', 'if x:\n    y = 1\n  z = 2\n', 7, 'the indentation fits no line above'],
    ['tabs and spaces are mixed', 'if x:\n        y = 1\n\tz = 2\n', 7, 'tabs and spaces are mixed'],
    ['print of Python 2', 'print "x"\n', 5, 'this is Python 2'],
    ['exec of Python 2', 'exec "x"\n', 5, 'Syntax error: '],
    ['raise of Python 2', 'raise ValueError, "x"\n', 5, 'this is Python 2'],
    ['<> of Python 2', 'x = 1 <> 2\n', 5, 'this is Python 2'],
  ] as const)('%s', ([, text, line, message]) => {
    const { error, executables } = fileOf(`${flow('a')}${text}`)
    expect(executables).toEqual([])
    expect(error).toMatchObject({ message: expect.stringContaining(message), line })
  })

  test.for([
    ['binary', Buffer.from([1, 0, 2]), 'binary'],
    ['no UTF-8', Buffer.from('x = "\xe9"\n', 'latin1'), 'not UTF-8'],
    ['an encoding that is not known', '# coding: klingon\n', '"klingon"'],
    ['deep brackets', `x = ${'('.repeat(300)}1${')'.repeat(300)}\n`, 'nested too deeply'],
    [
      'deep blocks',
      Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}if x:\n`).join(''),
      'nested too deeply',
    ],
  ] as const)('%s', ([, text, message]) => {
    const files = analyzed({
      'bad.py': typeof text === 'string' ? text : Buffer.from(text),
      'good.py': flow('good'),
    })
    expect(summary(files)).toEqual({ 'bad.py': expect.stringContaining(message), 'good.py': ['good'] })
  })

  test.for([
    ['a byte order mark', '\ufefffrom bifrost import workflow\n@workflow\ndef a(): pass\n'],
    ['Latin-1', Buffer.from('# -*- coding: latin-1 -*-\nx = "\xe9"\n@workflow\ndef a(): pass\n', 'latin1')],
    ['Windows line ends', flow('a').replaceAll('\n', '\r\n')],
    ['tabs', '@workflow\ndef a():\n\tif x:\n\t\treturn 1\n'],
    ['no line end', '@workflow\ndef a(): pass'],
  ] as const)('%s is no mistake', ([, text]) => {
    const file = fileOf(typeof text === 'string' ? text : Buffer.from(text))
    expect(file).toMatchObject({ error: null, executables: [{ name: 'a' }] })
  })
})

describe('what is imported', () => {
  test('a helper with a mistake keeps those from running that load it, and no others', () => {
    const files = analyzed({
      'bad.py': 'x = (1,\n',
      'uses.py': flow('uses', 'import bad'),
      'later.py': '@workflow\ndef later():\n    import bad\n',
      'other.py': flow('other'),
    })
    const errors = files.map(({ path, executables }) => [path, executables[0]?.error?.path ?? null])
    expect(errors).toEqual([
      ['bad.py', null],
      ['later.py', null],
      ['other.py', null],
      ['uses.py', 'bad.py'],
    ])
  })

  test('a module that nothing has is a warning with the line of its import', () => {
    const notes = (text: string, others: Record<string, string> = {}) =>
      fileOf(text, others).executables[0]?.warnings.map(({ message, path, line }) => [
        /"([^"]+)"/.exec(message)?.[1],
        path,
        line,
      ])
    expect(notes(flow('a', 'import json, asyncio, httpx'))).toEqual([['httpx', 'case.py', 1]])
    expect(
      notes(flow('a', 'import httpx, yaml'), { 'requirements.txt': 'httpx>=0.27\nPyYAML==6\n' }),
    ).toEqual([])
    expect(notes(flow('a', 'from modules import gone'), { 'modules/x.py': '' })).toEqual([
      ['modules', 'case.py', 1],
    ])
    expect(notes(flow('a', 'from modules.gone import y'), { 'modules/x.py': '' })).toEqual([
      ['modules.gone', 'case.py', 1],
    ])
    expect(notes(flow('a', 'from .gone import y'))).toEqual([['.gone', 'case.py', 1]])
    expect(notes(flow('a', 'import helper'), { 'helper.py': '\nimport requests' })).toEqual([
      ['requests', 'helper.py', 2],
    ])
    expect(notes(flow('a', 'try:\n    import httpx\nexcept ImportError:\n    import requests'))).toEqual([])
    expect(
      notes(flow('a', 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas')),
    ).toEqual([])
  })

  test('a file of another organization is an error, and nothing is told of it', () => {
    using workspace = new FixtureWorkspace({
      'organizations/acme/secret.py': 'from enum import Enum\nclass Color(Enum):\n    RED = "red"\n',
      'organizations/beta/a.py': flow('a', 'from ..acme.secret import Color', 'c: Color'),
      'organizations/beta/b.py': flow('b', 'from ..acme.nothing import Color', 'c: Color'),
    })
    const files = new PythonAnalyzer(workspace.dir, 'beta').analyze()
    expect(files.map(({ executables }) => executables[0]?.parameters[0]?.type)).toEqual(['json', 'json'])
    expect(files.map(({ executables }) => executables[0]?.error?.message)).toEqual([
      '"..acme.secret" is in the folder of an organization, and only files of that organization may use it.',
      '"..acme.nothing" is in the folder of an organization, and only files of that organization may use it.',
    ])
  })

  test("an organization's file says which of everybody's it uses, and would use", () => {
    using workspace = new FixtureWorkspace({
      'shared/x.py': 'import shared.y',
      'shared/y.py': '',
      'organizations/acme/a.py': flow('a', 'import shared.x, shared.gone'),
    })
    const [file] = new PythonAnalyzer(workspace.dir, 'acme').analyze()
    expect(file?.uses?.toSorted()).toEqual([
      'shared.py',
      'shared/__init__.py',
      'shared/gone.py',
      'shared/gone/__init__.py',
      'shared/x.py',
      'shared/y.py',
    ])
  })
})

describe('after a change', () => {
  test('what changed and what depends on it is read again, and nothing else', () => {
    using workspace = new FixtureWorkspace({
      'types.py': 'LIMIT = 1\n',
      'between.py': 'from types_ import LIMIT\n',
      'types_.py': 'LIMIT = 1\n',
      'a.py': flow('a', 'from between import LIMIT', 'x: int = LIMIT'),
      'b.py': flow('b'),
    })
    const analyzer = new PythonAnalyzer(workspace.dir)
    analyzer.analyze()
    workspace.write('types_.py', 'LIMIT = 22\n')
    const files = analyzer.analyze(['types_.py'])
    expect(summary(files)).toEqual({ 'a.py': ['a'], 'between.py': [], 'types_.py': [] })
    expect(files[0]?.executables[0]?.parameters[0]?.default).toBe(22)
  })

  test('a module that comes is found by those that missed it, also by a process that just started', () => {
    using workspace = new FixtureWorkspace({
      'a.py': flow('a', 'import shared.late'),
      'b.py': flow('b'),
      'shared/other.py': '',
    })
    const warned = (files: AnalyzedFile[]) =>
      files.flatMap((file) => file.executables.map((one) => `${one.name} ${one.warnings.length}`))
    const analyzer = new PythonAnalyzer(workspace.dir)
    expect(warned(analyzer.analyze())).toEqual(['a 1', 'b 0'])
    workspace.write('shared/late.py', '')
    expect(warned(analyzer.analyze(['shared/late.py']))).toEqual(['a 0'])
    expect(warned(new PythonAnalyzer(workspace.dir).analyze(['shared/late.py']))).toEqual(['a 0'])
  })

  test('a file that is gone is not in the answer', () => {
    using workspace = new FixtureWorkspace({ 'a.py': flow('a') })
    const analyzer = new PythonAnalyzer(workspace.dir)
    analyzer.analyze()
    workspace.remove('a.py')
    expect(analyzer.analyze(['a.py'])).toEqual([])
  })

  test('a preview says what a text would define, and keeps nothing of it', () => {
    using workspace = new FixtureWorkspace({ 'a.py': flow('a') })
    const analyzer = new PythonAnalyzer(workspace.dir)
    expect(analyzer.preview('a.py', flow('b')).executables[0]?.name).toBe('b')
    expect(analyzer.preview('new.py', 'def x(:').error?.line).toBe(1)
    expect(summary(analyzer.analyze())).toEqual({ 'a.py': ['a'] })
  })

  test('a file that does harm is not looked at', () => {
    using workspace = new FixtureWorkspace({ 'a.py': flow('a'), 'b.py': flow('b', 'import a') })
    const files = new PythonAnalyzer(workspace.dir).analyze(undefined, [
      { path: 'a.py', message: 'It took long.' },
    ])
    expect(summary(files)).toEqual({ 'a.py': 'It took long.', 'b.py': ['b'] })
  })
})
