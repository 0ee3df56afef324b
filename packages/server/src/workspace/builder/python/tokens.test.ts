import { describe, expect, test } from 'vitest'
import { parsePython } from './parse.ts'
import { columnAt, lineAt, tokenize } from './tokens.ts'

const words = (text: string) =>
  tokenize(text).tokens.map(({ kind, start, end }) => (kind === 'newline' ? '⏎' : text.slice(start, end)))

describe('tokens', () => {
  test.for([
    ['x = 1_000.5e-3 + 0xFF', ['x', '=', '1_000.5e-3', '+', '0xFF', '⏎']],
    ['f(a,\n  b)  # why\n\n# alone\nc', ['f', '(', 'a', ',', 'b', ')', '⏎', 'c', '⏎']],
    ['a = 1 \\\n  + 2', ['a', '=', '1', '+', '2', '⏎']],
    [`rb'\\'' u"x" '''a\nb'''`, ["rb'\\''", 'u"x"', "'''a\nb'''", '⏎']],
    ['f"{a["b"]} {c!r:>{w}}" x', ['f"{a["b"]} {c!r:>{w}}"', 'x', '⏎']],
    [`f'{d["k"]:{x}.2f}' y`, [`f'{d["k"]:{x}.2f}'`, 'y', '⏎']],
    ['f"{{not}} {f\'{deep}\'}" z', ['f"{{not}} {f\'{deep}\'}"', 'z', '⏎']],
    ['größe -> x := y // z', ['größe', '->', 'x', ':=', 'y', '//', 'z', '⏎']],
  ] as const)('%s', ([text, expected]) => {
    expect(words(text)).toEqual(expected)
  })

  test('f-strings within f-strings take no more than their length allows', () => {
    const text = `x = ${'f"{'.repeat(20_000)}\n`
    expect(tokenize(text).problem).not.toBeNull()
  })

  test('lines and columns count from 1', () => {
    expect([lineAt('a\nbc', 3), columnAt('a\nbc', 3)]).toEqual([2, 2])
  })
})

describe('what Python has and the grammar has not is no mistake', () => {
  test.for([
    'def f():\n    yield\n    x = yield\n    y = (yield)\n',
    'with (open(a) as f, open(b) as g,):\n    pass\n',
    'with (\n    open(a) as f,  # first\n    open(b),\n):\n    pass\n',
    'with a as self.b, c as (d, e), f as g[0]:\n    pass\n',
    'async def f():\n    async with (a as b):\n        pass\n',
    'f = lambda a, /, b, *, c: a\ng = lambda a,: a\n',
    '@a.b[0].c(1)\ndef f(): pass\n@(x := y)\ndef g(): pass\n',
    'x = a[*b]\ny: tuple[int, *Ts]\n',
    'def f[T: int, *Ts, **P](x: T): pass\nclass A[T = int](B): pass\ntype X[T] = list[T]\ntype Y = int\n',
    'match x:\n    case (1 | 2) as y: pass\n    case [a, b,]: pass\n    case {}: pass\n    case "a" "b": pass\n    case A(b=-1) if y: pass\n',
    'match *a, b:\n    case _: pass\n',
    'match = 1\ncase = match\ntype = case\nmatch[case] = type(match)\n',
    'x = 1. + 0. + 2.e3 + 1_0.\n',
    't"a{b}" + rt"{c}"\n',
    'def f(*args: *Ts): pass\n',
    'def f[T](a: T = "a", *, b: T = "b"): pass\n',
    'x = 3.0.real + 1.e5 + 1..real\n',
    'for a in *b, c: pass\nx = [a for a, *b in c]\n',
    'try: pass\nexcept* (A, B) as e: pass\n',
    'print("a", file=x)\nprint\nexec("x")\n',
    'x = f"{1.:.1f}" + f"{x = !r}"\n',
    '\ufeffx = 1\n',
  ])('%j', (text) => {
    expect(parsePython(text).problem).toBeNull()
  })
})
