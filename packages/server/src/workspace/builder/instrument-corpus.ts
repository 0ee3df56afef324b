/** Snippets for instrument.test.ts: each is the body of `async function main(out)`, and must behave the same instrumented. */
export interface Snippet {
  name: string
  code: string
  /** Stands before `main`, at the module level. */
  top?: string
  /** Variables of `main`'s frame at the end, as far as they matter. */
  variables?: Record<string, unknown>
  lang?: 'ts' | 'tsx'
}

export const corpus: Snippet[] = [
  {
    name: 'const, let and var with every kind of assignment',
    code: `
      const a = 1; let b = 2, c
      var d
      b += 5; c = b *= 2
      d ??= 'x'; let e = null; e ||= 4; e &&= 5
      out(a, b, c, d, e)`,
    variables: { a: 1, b: 14, c: 14, d: 'x', e: 5 },
  },
  {
    name: 'increments whose value is used, and not',
    code: `
      let i = 0
      i++
      ++i
      const x = i++ + 1, y = ++i - 1, z = [i--, --i]
      let big = 10n
      const old = big++
      out(i, x, y, z, big, old)
      i++, i--
      for (; i < 5; i++, out(i));`,
    variables: { i: 5, x: 3, y: 3, z: [4, 2], big: 11n, old: 10n },
  },
  {
    name: 'lines without semicolons before what begins with a parenthesis',
    code: `
      let x = 1, y = 2
      const f = () => 7
      const before = f()
      ++x + 1
      const after = f()
      x++ + 1
      out(x, y, before, after)
      ;[x, y] = [y, x]
      out(x, y)`,
    variables: { x: 2, y: 3 },
  },
  {
    name: 'destructuring of objects and arrays, with defaults, rest and nesting',
    code: `
      const { a, b: { c = 3, ...others }, ...rest } = { a: 1, b: { d: 4, e: 5 }, f: 6 }
      const [first, , third = 'none', ...tail] = [1, 2, undefined, 4, 5]
      let p, q, r, box = {}
      ;({ p, q = 2, ...r } = { p: 1, s: 3 })
      ;[p, box.item, [q]] = [10, 20, [30]]
      out(a, c, others, rest, first, third, tail, p, q, r, box)
      const value = ([p, q] = [1, 2])
      out(value, ({ p } = { p: 9 }), p)`,
    variables: {
      a: 1,
      c: 3,
      others: { d: 4, e: 5 },
      rest: { f: 6 },
      first: 1,
      third: 'none',
      tail: [4, 5],
      p: 9,
      q: 2,
      r: { s: 3 },
    },
  },
  {
    name: 'every kind of loop, with and without a block',
    code: `
      let total = 0
      for (let i = 0; i < 3; i++) total += i
      for (let i = 0, j = 10; i < j; i += 3, j -= 3) { total += j }
      for (const x of [1, 2, 3]) { const twice = x * 2; total += twice }
      for (const [k, v] of Object.entries({ a: 1 })) total += v
      for (const key in { p: 1, q: 2 }) out(key)
      let each, member = {}
      for (each of [7, 8]) total += each
      for (member.at of [5]) total += member.at
      for ([each] of [[1], [2]]) out(each)
      let n = 3
      while (n) n--
      do n++; while (n < 3)
      do { n++ } while (n < 6)
      for (var hoisted = 0; hoisted < 2; hoisted++);
      for (;;) { if (n++ > 8) break; else continue }
      out(total, each, n, hoisted)`,
    variables: { total: 53, i: 6, j: 4, x: 3, twice: 6, k: 'a', v: 1, key: 'q', each: 2, n: 10, hoisted: 2 },
  },
  {
    name: 'closures over loop variables keep their own',
    code: `
      const fns = []
      for (let i = 0; i < 3; i++) fns.push(() => i++)
      out(fns.map((f) => f()), fns.map((f) => f()))`,
  },
  {
    name: 'labels, continue and break to outer loops',
    code: `
      const seen = []
      outer: for (let i = 0; i < 4; i++) {
        inner: for (let j = 0; j < 4; j++) {
          if (j === 2) continue outer
          if (i === 2) break outer
          seen.push([i, j])
        }
      }
      block: { if (seen.length) break block; out('never') }
      out(seen)`,
    variables: { i: 2, j: 0 },
  },
  {
    name: 'for await over async generators, which end early',
    code: `
      async function* numbers() { try { let n = 0; while (true) { yield n++; await null } } finally { out('closed') } }
      let last
      for await (const n of numbers()) { last = n; if (n === 3) break }
      out(last)`,
    variables: { last: 3, n: 3 },
  },
  {
    name: 'generators with sent values, return and throw',
    code: `
      function* talk() { let heard = []; try { while (heard.length < 2) { const word = yield heard.length; heard.push(word) } } catch (e) { heard = ['caught', e]; yield heard } return heard }
      const g = talk(); out(g.next(), g.next('a'), g.next('b'), g.next())
      const h = talk(); h.next(); out(h.throw('bad'), h.next())
      const r = talk(); r.next(); out(r.return('done'), [...talk()].length)`,
  },
  {
    name: 'assignments in closures go to the function that owns the variable',
    code: `
      let count = 0, last
      const add = (n) => { count += n; last = { n } }
      const inc = () => count++
      ;[1, 2, 3].forEach((x) => add(x))
      inc()
      await Promise.all([1, 2].map(async (x) => { await null; count += x; return x }))
      out(count, last)`,
    variables: { count: 10, last: { n: 3 } },
  },
  {
    name: 'shadowed names in nested blocks',
    code: `
      let x = 'outer'
      { let x = 'inner'; out(x) }
      if (true) { const x = 1; { const x = 2; out(x) } out(x) }
      function f(x) { x = 'param'; return x }
      out(f(1), x)`,
  },
  {
    name: 'try, catch with and without a name, destructured, finally and nested',
    code: `
      let where = ''
      try { null.x } catch { where += 'a' }
      try { throw { code: 5, list: [1] } } catch ({ code, list: [one] }) { where += code + one }
      const f = () => { try { return 'try' } finally { where += 'f' } }
      const g = () => { try { throw new Error('in') } catch (error) { return error.message } finally { where += 'g' } }
      const h = () => { for (const x of [1, 2]) { try { if (x === 1) continue; return x } finally { where += x } } }
      out(f(), g(), h(), where)`,
    variables: { where: 'a6fg12', code: 5, one: 1 },
  },
  {
    name: 'temporal dead zones throw as before',
    code: `
      const tries = [() => { a; let a = 1 }, () => { b = 2; let b }, () => { const c = c }, () => { d++; let d = 1 }, () => { e = 2; const e = 1 }, () => { const k = 1; k = 2 }, () => { const k = 1; k++ }]
      for (const t of tries) try { t(); out('none') } catch (error) { out(error.name, error.message) }`,
  },
  {
    name: 'hoisting of functions and vars',
    code: `
      out(typeof early, early(), late)
      function early() { return 'hoisted' }
      var late = 1
      if (true) { out(inner()); function inner() { return 'block' } }
      out(typeof inner)`,
  },
  {
    name: 'functions that share a name with a parameter or a var',
    code: `
      function a(x) { function x() { return 1 } return typeof x }
      function b() { var y = 5; function y() {} return typeof y }
      function c() { return typeof z; var z = 1; function z() {} }
      out(a(3), b(), c())`,
  },
  {
    name: 'parameters: defaults that see each other, destructured, rest, arguments',
    code: `
      function f(a, b = a + 1, { c = b, d: [e] = [c] } = {}, ...rest) { a = 'changed'; return [a, b, c, e, rest, arguments.length, arguments[0]] }
      out(f(1), f(1, 2, { c: 3, d: [4] }, 5, 6), f.length)
      let side = 0
      const g = (x = side++, y = (() => { side += 10; return side })()) => { x += 1; return [x, y, side] }
      out(g(), g(1), g(1, 2))
      function h(p, read = () => p) { p = 2; return [p, read()] }
      out(h(1))
      function k(p, read = () => { p = 'set'; return p }) { var p; const before = p; return [before, read(), p] }
      out(k(1))`,
  },
  {
    name: 'classes: constructors, derived ones, fields, private, static, accessors',
    code: `
      class A { #secret = 1; count = 0; static made = 0; static { let n = 1; n += 1; A.made = n }
        constructor(x) { this.x = x; let y = x * 2; this.y = y; A.made++ }
        get secret() { const s = this.#secret; return s } set secret(v) { this.#secret = v }
        bump() { let c = ++this.count; return c } static of(x) { const made = new this(x); return made }
        async later() { const v = await this.secret; return v } *each() { let i = 0; while (i < 2) yield i++ }
        ['comp' + 'uted']() { let z = 1; return z } }
      class B extends A { constructor(x) { const doubled = x * 2; if (x > 100) { super(0) } else { super(doubled) } let after = this.x; this.after = after } bump() { let up = super.bump(); return up + 100 } }
      class C extends A {}
      const b = new B(2); b.secret = 9
      out(b.x, b.y, b.after, b.bump(), b.secret, await b.later(), [...b.each()], b.computed(), A.made, B.of(3).x, new C(1).y, B.name, b.constructor === B)
      class D extends A { constructor() { let early = 1; try { this.x } catch (e) { early = e.name; out(early) } super(1); } }
      out(new D().x)
      class E extends A { constructor() { return { other: true } } }
      out(new E())
      class F extends A { constructor() { let n = 0 } }
      try { new F() } catch (e) { out(e.name) }`,
  },
  {
    name: 'names of functions and classes stay',
    code: `
      let f, g, h
      f = () => { let q = 1; return q }; g ||= function () { let q = 1 }; h = class { m() { let q = 1 } }
      const k = async () => { let q = 1 }, { l = () => { let q = 1 } } = {}
      ;({ f: g = () => {} } = {})
      const named = function own() { let q = 1; return own.name }
      out(f.name, g.name, h.name, k.name, l.name, named(), named.name)`,
  },
  {
    name: 'this in every place',
    code: `
      const o = { v: 1, m() { const inner = () => { let t = this.v; return t }; return inner() }, get g() { let v = this.v; return v }, f: function () { let self = this; return self === o } }
      out(o.m(), o.g, o.f())
      const loose = function () { let t = this; return t }
      out(loose() === undefined)`,
  },
  {
    name: 'directives stay first',
    code: `
      function strict() { 'use strict'; let t = this; return t }
      function two() { 'use strict'
        'another'
        let t = 1
        return t }
      out(strict(), two())`,
  },
  {
    name: 'switch cases share a scope and fall through',
    code: `
      const seen = []
      for (const v of [1, 3]) switch (v) { case 1: let a = 'one'; seen.push(a); case 2: a = 'two'; seen.push(a); break; default: { const a = 'block'; seen.push(a) } }
      out(seen)`,
    variables: { v: 3, a: 'block' },
  },
  {
    name: 'empty bodies',
    code: `
      function nothing(a) {} const none = async (b) => {}, directive = (c) => { 'use strict' }
      class Empty { constructor(d) {} m(e) { /* nothing */ } set s(v) {} }
      for (const x of [1]) {} while (false) {} try {} catch (e) {} finally {}
      out(nothing(1), await none(1), directive(1), new Empty(1).m(1))`,
  },
  {
    name: 'recursion, mutual recursion and errors deep in the stack',
    code: `
      const fact = (n) => { const rest = n < 2 ? 1 : fact(n - 1); return n < 2 ? 1 : n * rest }
      function even(n) { let m = n - 1; return n === 0 || odd(m) } function odd(n) { let m = n - 1; return n !== 0 && even(m) }
      function deep(n) { let here = n; if (n === 0) throw new RangeError('bottom'); return deep(n - 1) }
      out(fact(10), even(10)); try { deep(3) } catch (e) { out(e.name, e.message) }`,
  },
  {
    name: 'errors and strange values that are thrown pass through',
    code: `
      for (const thing of [null, undefined, 0, 'text', { a: 1 }, Symbol.for('x')]) {
        const f = () => { let local = thing; throw local }
        try { f() } catch (e) { out(e === thing) }
      }
      const p = async () => { let local = 1; await null; throw new TypeError('async' + local) }
      await p().catch((e) => out(e.message))`,
  },
  {
    name: 'async order is not disturbed',
    code: `
      const log = []
      const a = async () => { let x = 1; log.push('a1'); await null; x++; log.push('a2'); return x }
      const b = async () => { let y = 1; log.push('b1'); return await a().then((v) => { log.push('then'); return v }) }
      const c = async () => { const z = a(); log.push('c1'); return z }
      Promise.resolve().then(() => log.push('micro1')).then(() => log.push('micro2')).then(() => log.push('micro3')).then(() => log.push('micro4'))
      out(await Promise.all([b(), c()]), log)`,
  },
  {
    name: 'single statements without blocks',
    code: `
      let x = 0
      if (x) var y = 1; else var y = 2
      if (!x) x = 5; else x = 6
      if (x) { } else if (y) x = 7; else x = 8
      while (x > 3) x--; do x--; while (x > 1)
      lbl: var w = 3
      for (const a of [1]) for (const b of [2]) if (a < b) x += b
      for (const a of [1]) ;
      out(x, y, w)`,
    variables: { x: 3, y: 2, w: 3, a: 1, b: 2 },
  },
  {
    name: 'using and await using are disposed',
    code: `
      const res = (n) => ({ n, [Symbol.dispose]() { out('disposed', n) }, async [Symbol.asyncDispose]() { out('async', n) } })
      { using a = res(1); await using b = res(2); out(a.n + b.n) }
      for (using c of [res(3)]) out(c.n)
      for (using d = res(4); d.n < 5; d.n++) out(d.n)`,
  },
  {
    name: 'optional chaining, spread, templates, tagged templates, sequences, commas',
    code: `
      let n = 0
      const tag = (s, ...v) => { let joined = s.join('|') + v.join(); return joined }
      const o = { f: (x) => { n += x; return n } }
      out(o?.f?.(n = 2), tag\`a\${n++}b\${n}\`, [...[n = 4, n++]], (n = 1, n + 1), { n, m: n += 2 }, n ? n = 9 : n = 8, void n++, typeof n++, !n--, -n++)
      out(n)`,
    variables: { n: 11 },
  },
  {
    name: 'type-only syntax, enums, namespaces, parameter properties, overloads, this types',
    top: `namespace Space { export const value = 1; let hidden = 2; export function read() { let h = hidden++; return h + value } }`,
    code: `
      enum Color { Red = 'r', Blue = 'b' } const enum Num { One = 1, Two = One * 2 }
      interface Shape { (x: number): string; new (): Shape } type T<X = number> = X extends string ? 'a' : 'b'
      declare const nothing: string
      abstract class Base { abstract name: string; abstract run(): void; constructor(protected readonly left: number, public right = 2) { let sum = left + right; this.total = sum } total: number; declare ghost: string }
      class Child extends Base { name = 'child'; constructor(private extra: string) { super(1); const e = extra; this.name = e } run(this: Child): void { let r: unknown = this.left } override toString(): string { return this.name + this.right + this.extra } }
      function over(a: string): string
      function over(a: number): number
      function over(a: unknown): unknown { let copy = a; return copy }
      const sat = { a: 1 } satisfies Record<string, number>, as = 'x' as const
      let nn: string | null = 'v'; nn!; (nn as string) = 'w'; nn! += '!'; let count!: number; (count as number) = 1; count!++
      out(Color.Red, Num.Two, Space.read(), Space.read(), String(new Child('kid')), new Child('k').total, over(1), sat, as, nn, count)
      const generic = <X,>(x: X) => { let y = x; return y }
      out(generic<string>('g'), (<any>generic)(1))`,
    variables: { as: 'x', nn: 'w!', count: 2 },
  },
  {
    name: 'decorators run in order',
    code: `
      const log = []
      const dec = (name) => { let made = name; return (value, ctx) => { log.push(made + ':' + ctx.kind + ':' + String(ctx.name)); return value } }
      @dec('class') class A { @dec('method') m() { let x = 1; return x } @dec('field') f = () => { let y = 2; return y }; @dec('acc') accessor z = 3 }
      const a = new A(); out(a.m(), a.z, log)`,
  },
  {
    name: 'JSX',
    lang: 'tsx',
    code: `
      const React = { createElement: (type, props, ...children) => { let made = { type, props, children }; return made }, Fragment: 'frag' }
      let n = 0
      const view = <div id={n++} {...{ a: 1 }} on={() => { let c = n; return c }}>text {n += 1} <b>{[1].map((x) => { const y = x; return <i key={y}>{y}</i> })}</b><></></div>
      out(JSON.stringify(view), view.props.on(), n)`,
    variables: { n: 2 },
  },
  {
    name: 'names that are special to objects',
    code: `
      let constructor = 1, toString = 2, hasOwnProperty = 3, __proto__ = 4, of = 5, async = 6, get = 7
      constructor++; __proto__ += 1; async = of
      out(constructor, toString, hasOwnProperty, __proto__, of, async, get)`,
    variables: { constructor: 2, of: 5, async: 5 },
  },
  {
    name: 'unicode names and text stay',
    code: `
      let größe = 1, 名前 = 'x', \\u0061b = 3; größe += 1 /* ü😀 */; 名前 += '😀'
      out(größe, 名前, ab)`,
    variables: { größe: 2, 名前: 'x😀', ab: 3 },
  },
  {
    name: 'names like our own',
    code: `
      let __bf = 1, __bf1 = 2, __bfn = 3; __bf += __bf1 + __bfn
      for (const __bft of [1]) out(__bft)
      out(__bf)`,
    variables: { __bf: 6 },
  },
  {
    name: 'getters and valueOf that run code while assigning',
    code: `
      let log = [], x = 0
      const tricky = { valueOf() { let y = x++; log.push(y); return 10 } }
      let t = tricky
      const old = t++
      x += +tricky
      out(old, t, x, log)`,
    variables: { old: 10, t: 11, x: 11 },
  },
  {
    name: 'comments and regular expressions at awkward places',
    code: `
      let a = 1 // trailing
      let b = /* before */ 2 /* after */
      const r = /[/]}{/g /* x */, d = 4 / 2 / 1 // y
      const f = () => { let c = 1 // comment before the brace
      }
      const g = () => { /* only a comment */ }
      a = 3 // again
      out(a, b, r.source, d, f(), g()) // end`,
    variables: { a: 3, b: 2, d: 2 },
  },
]
