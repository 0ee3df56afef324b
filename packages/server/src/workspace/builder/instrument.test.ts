import { transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { isBuildError } from './build-error.ts'
import { CAPTURE_MODULE, instrument } from './instrument.ts'
import { corpus, type Snippet } from './instrument-corpus.ts'

interface Recorded {
  name: string
  id: string
  variables: Record<string, unknown>
  failed: boolean
}

class Recorder {
  readonly frames: Recorded[] = []
  ticks = 0
  onTick: () => void = () => {}

  readonly capture = {
    enter: (name: string, id: string) => {
      const variables = Object.create(null) as Record<string, unknown>
      this.frames.push({ name, id, variables, failed: false })
      return variables
    },
    failed: (frame: Record<string, unknown>) => {
      for (const recorded of this.frames) if (recorded.variables === frame) recorded.failed = true
    },
    tick: () => {
      this.ticks++
      this.onTick()
    },
  }

  of(name: string): Recorded | undefined {
    return this.frames.find((frame) => frame.name === name)
  }
}

interface Outcome {
  output: unknown[][]
  thrown: unknown
  recorder: Recorder
}

const wrap = ({ code, top = '' }: Pick<Snippet, 'code' | 'top'>) =>
  `${top}export async function main(out: (...values: unknown[]) => void) {${code}\n}\n`

let modules = 0
async function run(source: string, lang: 'ts' | 'tsx', recorder = new Recorder()): Promise<Outcome> {
  const stripped = await transform(source, { loader: lang, target: 'node26', sourcefile: `test.${lang}` })
  const key = `capture${++modules}`
  Object.assign(globalThis, { [key]: recorder.capture })
  const code = stripped.code.replace(
    new RegExp(`import \\{ capture as (\\w+) \\} from "${CAPTURE_MODULE}";`),
    (_, name: string) => `const ${name} = globalThis.${key};`,
  )
  const output: unknown[][] = []
  const url = `data:text/javascript;base64,${Buffer.from(`${code}\n// ${key}`).toString('base64')}`
  const module = (await import(/* @vite-ignore */ url)) as { main(out: (...v: unknown[]) => void): unknown }
  try {
    await module.main((...values) => output.push(structuredCloneSafe(values)))
    return { output, thrown: null, recorder }
  } catch (thrown) {
    return { output, thrown, recorder }
  }
}

// What is logged now must not change afterwards.
function structuredCloneSafe(values: unknown[]): unknown[] {
  try {
    return structuredClone(values)
  } catch {
    return values
  }
}

const instrumented = (snippet: Omit<Snippet, 'name'>) =>
  instrument(wrap(snippet), { path: `flows/test.${snippet.lang ?? 'ts'}` })!.code

async function runInstrumented(code: string, recorder = new Recorder()): Promise<Outcome> {
  return run(instrumented({ code }), 'ts', recorder)
}

describe('instrumented code behaves as the author wrote it', () => {
  test.each(corpus)('$name', async (snippet) => {
    const lang = snippet.lang ?? 'ts'
    const before = await run(wrap(snippet), lang)
    const after = await run(instrumented(snippet), lang)
    expect(before.output.length).toBeGreaterThan(0)
    expect(after.thrown).toEqual(before.thrown)
    expect(after.output).toEqual(before.output)
    if (snippet.variables) expect(after.recorder.of('main')?.variables).toMatchObject(snippet.variables)
  })

  test.each(corpus)('no line moves: $name', (snippet) => {
    const source = wrap(snippet)
    expect(instrumented(snippet).split('\n').length).toBe(source.split('\n').length)
  })
})

describe('variables', () => {
  test('each call has a frame of its own, with its parameters', async () => {
    const { recorder } = await runInstrumented(`
      const add = (a: number, { b, c: [d] }: any, ...rest: number[]) => { const sum = a + b + d; return sum + rest.length }
      add(1, { b: 2, c: [3] }, 4, 5)
      add(10, { b: 20, c: [30] })`)
    const frames = recorder.frames.filter((frame) => frame.name === 'add')
    expect(frames.map((frame) => frame.variables)).toEqual([
      { a: 1, b: 2, d: 3, rest: [4, 5], sum: 6 },
      { a: 10, b: 20, d: 30, rest: [], sum: 60 },
    ])
    expect(new Set(frames.map((frame) => frame.id))).toEqual(new Set(['flows/test.ts:main/add']))
  })

  test('the frames on the failing path are marked, others are not', async () => {
    const { recorder, thrown } = await runInstrumented(`
      const fine = async () => { let ok = 1; await null; return ok }
      const inner = async (n: number) => { const half = n / 2; await null; if (half < 1) throw new Error('too small'); return half }
      let step = 'first'
      await fine()
      step = 'second'
      await inner(4)
      step = 'third'
      await inner(1)
      step = 'never'`)
    expect(String(thrown)).toBe('Error: too small')
    expect(recorder.of('main')).toMatchObject({ failed: true, variables: { step: 'third' } })
    expect(recorder.of('fine')?.failed).toBe(false)
    const inner = recorder.frames.filter((frame) => frame.name === 'inner')
    expect(inner.map(({ failed, variables }) => [failed, variables['half']])).toEqual([
      [false, 2],
      [true, 0.5],
    ])
  })

  test('a helper that has only parameters shows them when it fails, and costs nothing while it does not', async () => {
    const { recorder } = await runInstrumented(`
      function parse(text: string) { return JSON.parse(text) }
      parse('1')
      try { parse('{') } catch {}`)
    expect(recorder.frames.filter((frame) => frame.name === 'parse')).toMatchObject([
      { variables: { text: '{' }, failed: true },
    ])
  })

  test('functions without variables cost nothing', () => {
    const code = instrumented({
      code: 'const f = () => { out(1) }; class A { m() { this.x } }; out(() => 1)',
    })
    expect(code.match(/\.enter\(/g)).toHaveLength(1)
  })

  test('the module level and static blocks are not variables of a run', () => {
    const { code } = instrument('export const a = 1; let b = 2; b++; class C { static { let d = 1; d++ } }', {
      path: 'a.ts',
    })!
    expect(code).not.toContain('.enter(')
  })

  test('functions are named after what they are given to, and ids are stable and distinct', () => {
    const source = `
      export const onboard = workflow({ a: 1 }, async (name) => { items.map((item) => { let x = item }) ; items.map((item) => { let y = item }) })
      const o = { method() { let a = 1 }, key: () => { let b = 1 } }
      class Service { #hidden() { let c = 1 } get value() { let d = 1; return d } }
      export default async function (p) { return p }`
    const names = () =>
      [...instrument(source, { path: 'f.ts' })!.code.matchAll(/\.enter\((".*?"),(".*?")\)/g)].map((match) => [
        JSON.parse(match[1]!),
        JSON.parse(match[2]!),
      ])
    expect(names()).toEqual([
      ['onboard', 'f.ts:onboard'],
      ['map', 'f.ts:onboard/map'],
      ['map', 'f.ts:onboard/map#2'],
      ['method', 'f.ts:method'],
      ['key', 'f.ts:key'],
      ['Service.#hidden', 'f.ts:Service.#hidden'],
      ['Service.value', 'f.ts:Service.value'],
      ['anonymous', 'f.ts:anonymous'],
    ])
    expect(names()).toEqual(names())
  })
})

describe('loops', () => {
  test.each([
    'while (true) {}',
    'while (true);',
    'do {} while (true)',
    'for (;;) {}',
    'for (const x of (function* () { while (true) yield 1 })()) {}',
    'for (let i = 0; ; i++) i--',
  ])('%s can be stopped from within', async (loop) => {
    const recorder = new Recorder()
    recorder.onTick = () => {
      if (recorder.ticks === 3) throw new Error('stopped')
    }
    const { thrown } = await runInstrumented(loop, recorder)
    expect(String(thrown)).toBe('Error: stopped')
  })

  test('a short loop never asks', async () => {
    const { recorder } = await runInstrumented('for (let i = 0; i < 1000; i++) out(i)')
    expect(recorder.ticks).toBe(0)
  })
})

describe('syntax errors', () => {
  test('have the line and column of the author', () => {
    const attempt = () => instrument('const a = 1\nconst b = ;\n', { path: 'x/y.ts' })
    try {
      attempt()
      expect.unreachable()
    } catch (error) {
      expect(isBuildError(error) && error.toNote()).toEqual({
        message: expect.stringContaining('Syntax error'),
        path: 'x/y.ts',
        line: 2,
        column: 11,
      })
    }
  })

  test('a first line with #! stays first', () => {
    const { code } = instrument('#!/usr/bin/env node\nexport const f = (a) => { return a }', {
      path: 'a.ts',
    })!
    expect(code.split('\n')[0]).toBe('#!/usr/bin/env node')
    expect(code.split('\n')).toHaveLength(2)
  })

  test('CommonJS is left alone', () => {
    expect(instrument('module.exports = (a) => { return a }', { path: 'a.js' })).toBeNull()
  })
})
