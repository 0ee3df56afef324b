import { type ApiError, limits, routes } from '@bifrost/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

// Every line of "Bad input" of the product's promise. After each of them the next run works.

const workflow = (name: string, body: string) =>
  `import { workflow } from 'bifrost'\nexport const ${name} = workflow(async () => {\n${body}\n})\n`

const server = useServer({
  files: {
    'good.ts': `import { workflow } from 'bifrost'
export const good = workflow(async (name: string) => 'Hello ' + name)`,
    'results/not-json.ts': `import { workflow, workflows } from 'bifrost'
class Money { amount = 1; toJSON() { return 5 } }
export const date = workflow(async () => ({ user: { createdAt: new Date(0) } }))
export const bigint = workflow(async () => ({ ids: [1, 2n] }))
export const circular = workflow(async () => { const a: { self?: unknown } = {}; a.self = a; return { a } })
export const nan = workflow(async () => [0, Number.NaN])
export const infinite = workflow(async () => Number.POSITIVE_INFINITY)
export const map = workflow(async () => new Map([['a', 1]]))
export const set = workflow(async () => ({ seen: new Set([1]) }))
export const bytes = workflow(async () => ({ file: Buffer.from('x') }))
export const fn = workflow(async () => ({ go: () => 1 }))
export const symbol = workflow(async () => Symbol('s'))
export const promise = workflow(async () => ({ later: Promise.resolve(1) }))
export const error = workflow(async () => ({ problem: new Error('x') }))
export const ownClass = workflow(async () => ({ price: new Money() }))
export const hole = workflow(async () => [1, undefined, 3])
export const getter = workflow(async () => ({ get boom() { throw new Error('from a getter') } }))
export const deep = workflow(async () => { let a: unknown = 1; for (let i = 0; i < 100_000; i++) a = [a]; return a })
export const justTooDeep = workflow(async () => { let a: unknown = 1; for (let i = 0; i < 65; i++) a = [a]; return a })
export const deepEnough = workflow(async () => { let a: unknown = 1; for (let i = 0; i < 64; i++) a = [a]; return a })
export const deepArgument = workflow(async () => { let a: unknown = 1; for (let i = 0; i < 30_000; i++) a = [a]; return workflows.run('deepEnough', { a } as never) })
`,
    'results/large.ts': `import { workflow } from 'bifrost'
export const large = workflow(async (megabytes: number) => 'x'.repeat(megabytes * 1024 * 1024))`,
    'throws.ts': `import { workflow } from 'bifrost'
export const throwNull = workflow(async () => { throw null })
export const throwText = workflow(async () => { throw 'text' })
export const throwUndefined = workflow(async () => { throw undefined })
export const throwObject = workflow(async () => { throw { code: 7, reason: 'because' } })
export const throwNumber = workflow(async () => { throw 42 })
export const throwSync = workflow(() => { throw new Error('at once') })
export const throwHuge = workflow(async () => { throw new Error('x'.repeat(5_000_000)) })
export const throwNul = workflow(async () => { throw new Error('a\\0b\\ud800c') })
export const throwEvil = workflow(async () => { throw { get message() { throw new Error('no') }, stack: 1 } })
export const throwProxy = workflow(async () => { throw new Proxy({}, { get() { throw new Error('trap') }, has() { throw new Error('trap') }, ownKeys() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } }) })
export const throwCause = workflow(async () => { throw new Error('outer', { cause: new Error('inner') }) })
`,
    'ends.ts': `import { workflow } from 'bifrost'
export const exits = workflow(async () => { process.exit(3) })
export const exitsLater = workflow(async () => { setTimeout(() => process.exit(0), 5); await new Promise((r) => setTimeout(r, 3000)) })
export const reallyExits = workflow(async () => { process.reallyExit(4); })
export const aborts = workflow(async () => { process.abort() })
export const killsItself = workflow(async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) })
export const rejects = workflow(async () => { void Promise.reject(new Error('left alone')); await new Promise((r) => setTimeout(r, 3000)) })
export const throwsLater = workflow(async () => { setTimeout(() => { throw new Error('from a timer') }, 5); await new Promise((r) => setTimeout(r, 3000)) })
export const outOfMemory = workflow(async () => { const kept: unknown[] = []; for (;;) kept.push(new Array(1_000_000).fill({})) })
export const stackOverflow = workflow(async () => { const f = (): number => f() + 1; return f() })
export const spins = workflow({ timeoutSeconds: 1 }, async () => { while (true) {} })
export const spinsInTry = workflow({ timeoutSeconds: 1 }, async () => { for (;;) { try { while (true) {} } catch {} } })
export const spinsInRegExp = workflow({ timeoutSeconds: 1 }, async () => /^(a+)+$/.test('a'.repeat(60) + '!'))
export const hangs = workflow({ timeoutSeconds: 1 }, async () => new Promise(() => {}))
export const microtasks = workflow({ timeoutSeconds: 1 }, async () => { for (;;) await null })
export const slowly = workflow({ timeoutSeconds: 1 }, async () => { await new Promise((r) => setTimeout(r, 10_000)); return 'late' })
`,
    'talks.ts': `import { logger, workflow } from 'bifrost'
export const talksALot = workflow(async () => { for (let i = 0; i < 1_000_000; i++) console.log('line', i); return 'done' })
export const longLine = workflow(async () => { console.log('x'.repeat(1_000_000)); logger.info('after') })
export const oddText = workflow(async () => { logger.info('nul \\0 lone \\ud800 esc \\u001b[31m'); logger.info(''); console.log() })
export const stderrFlood = workflow(async () => { for (let i = 0; i < 2000; i++) process.stderr.write('y'.repeat(1000)); for (let i = 0; i < 2000; i++) process.stdout.write('y'.repeat(1000)); return 'done' })
`,
  },
})

afterEach(async () => {
  expect(await server().execute('good', { name: 'Ada' })).toMatchObject({
    status: 'SUCCESS',
    result: 'Hello Ada',
  })
})

const refusal = async (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    (value) => {
      throw new Error(`It was not refused: ${JSON.stringify(value)}`)
    },
    (error: ApiError) => error,
  )

const problems = async () => (await server().api(routes.listWorkflows, { query: {} })).problems
const problemOf = (path: string) =>
  until(`${path} is listed as a problem`, async () =>
    (await problems()).find((problem) => problem.path === path),
  )

describe('workspace files', () => {
  test('a syntax error is listed with its line (72)', async () => {
    server().write(
      'bad/syntax.ts',
      `import { workflow } from 'bifrost'\nexport const x = workflow(async () => {\n`,
    )
    expect(await problemOf('bad/syntax.ts')).toMatchObject({
      line: expect.any(Number),
      message: expect.any(String),
    })
    server().remove('bad/syntax.ts')
  })

  test('a syntax error in a workflow that ran: running it answers 409 with file and line', async () => {
    server().write('bad/was-good.ts', workflow('wasGood', 'return 1'))
    expect(await server().execute('wasGood')).toMatchObject({ result: 1 })
    server().write('bad/was-good.ts', workflow('wasGood', 'return 1 +'))
    const error = await refusal(server().execute('wasGood'))
    expect(error).toMatchObject({ status: 409, code: 'workflow_broken' })
    expect(error.message).toContain('bad/was-good.ts:4')
    server().write('bad/was-good.ts', workflow('wasGood', 'return 2'))
    expect(await server().execute('wasGood')).toMatchObject({ result: 2 })
  })

  test('a type error does not keep a workflow from running', async () => {
    server().write('bad/types.ts', workflow('mistyped', `const n: number = 'text'\nreturn n`))
    expect(await server().execute('mistyped')).toMatchObject({ status: 'SUCCESS', result: 'text' })
  })

  test('a module that throws fails the run with the error and its place', async () => {
    server().write('bad/throws.ts', `${workflow('throwing', 'return 1')}\nthrow new Error('at import')\n`)
    const answer = await server().execute('throwing')
    expect(answer).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('at import') },
    })
    const detail = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
    expect(detail.error).toMatchObject({
      code: 'load_failed',
      message: expect.stringContaining('at module level in bad/throws.ts, line 6'),
      source: { path: 'bad/throws.ts', line: 6 },
    })
  })

  test.each([
    [
      'a mistake of the code',
      "const settings = JSON.parse('{')",
      / at module level in bad\/level\.ts, line 6.*JSON/,
    ],
    [
      'a call that fails',
      "await fetch('http://127.0.0.1:9/')",
      / at module level in bad\/level\.ts, line 6.*failed: bad port/,
    ],
    ['what is no error', "throw 'just a text'", / at module level, outside of any function.*just a text/],
  ])('%s at module level says where it was thrown', async (_name, code, message) => {
    server().write('bad/level.ts', `${workflow('level', 'return 1')}\n${code}\n`)
    expect(await server().execute('level')).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringMatching(message) },
    })
  })

  test('a module that a workflow imports is named by its own place', async () => {
    server().write('bad/_helper.ts', "export const x = 1\n\nthrow new Error('of the helper')\n")
    server().write('bad/imports.ts', `import './_helper.ts'\n${workflow('importing', 'return 1')}\n`)
    expect((await server().execute('importing')).error?.message).toContain(
      'at module level in bad/_helper.ts, line 3',
    )
  })

  test('an endless loop and an endless wait at import end as failed runs that say why', async () => {
    server().write('bad/loops.ts', `${workflow('looping', 'return 1')}\nwhile (true) {}\n`)
    server().write('bad/awaits.ts', `${workflow('awaiting', 'return 1')}\nawait new Promise(() => {})\n`)
    const answers = await Promise.all([server().execute('looping'), server().execute('awaiting')])
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 'FAILED',
        error: { message: expect.stringContaining('top level') },
      })
    server().remove('bad/loops.ts')
    server().remove('bad/awaits.ts')
  })

  test('two workflows of one name: the first keeps it, the other is a problem with its place', async () => {
    server().write('bad/name-a.ts', workflow('twice', `return 'a'`))
    expect(await server().execute('twice')).toMatchObject({ result: 'a' })
    server().write('bad/name-b.ts', workflow('twice', `return 'b'`))
    const problem = await problemOf('bad/name-b.ts')
    expect(problem).toMatchObject({ line: 2 })
    expect(problem.message).toContain('bad/name-a.ts')
    expect(await server().execute('twice')).toMatchObject({ result: 'a' })
  })

  test('a file of 5 MB is listed with its size as the reason', async () => {
    server().write('bad/huge.ts', `export const text = '${'x'.repeat(5 * 1024 * 1024)}'`)
    expect((await problemOf('bad/huge.ts')).message).toMatch(/\d+ KB; .* 1024 KB/)
    server().remove('bad/huge.ts')
  })

  test('a binary file is listed as one', async () => {
    const bytes = new Uint8Array(4096)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) % 256
    server().write('bad/binary.ts', bytes)
    expect((await problemOf('bad/binary.ts')).message.length).toBeGreaterThan(5)
    server().remove('bad/binary.ts')
  })

  test('circular imports work', async () => {
    server().write(
      'bad/circle-a.ts',
      `import { workflow } from 'bifrost'\nimport { b } from './circle-b.ts'\nexport const a = () => 'a'\nexport const circle = workflow(async () => b())\n`,
    )
    server().write('bad/circle-b.ts', `import { a } from './circle-a.ts'\nexport const b = () => a() + 'b'\n`)
    expect(await server().execute('circle')).toMatchObject({ status: 'SUCCESS', result: 'ab' })
  })

  test.each([
    ['a file', './nowhere.ts'],
    ['a package', 'no-such-package-anywhere'],
  ])('an unknown import of %s answers 409, naming it and its place', async (_what, specifier) => {
    server().write(
      'bad/imports.ts',
      `import { workflow } from 'bifrost'\nimport x from '${specifier}'\nexport const importing = workflow(async () => x)\n`,
    )
    const error = await refusal(server().execute('importing'))
    expect(error).toMatchObject({ status: 409, code: 'workflow_broken' })
    expect(error.message).toContain(specifier)
    expect(error.message).toContain('bad/imports.ts:2')
    server().remove('bad/imports.ts')
  })
})

describe('request bodies', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    server().fetch('/api/workflows/good/execute', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  const errorOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error

  test('one over the limit answers 413', async () => {
    const response = await post(JSON.stringify({ input: { name: 'x'.repeat(limits.bodyBytesMax) } }))
    expect(response.status).toBe(413)
    expect(await errorOf(response)).toMatchObject({ code: 'body_too_large', request_id: expect.any(String) })
  })

  test.each([
    '{"input": {"name": ',
    'name=Ada',
    '{"input": {name: "Ada"}}',
    "{'input': {}}",
    '\ufeff[',
    'NaN',
    '{"input":{}} trailing',
  ])('broken JSON answers 400: %s', async (body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'json_invalid' })
  })

  test.each([
    ['arrays', '['.repeat(100_000)],
    ['closed arrays', `{"input":{"name":${'['.repeat(1000)}${']'.repeat(1000)}}}`],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('deep JSON answers 400: %s', async (_what, body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'json_too_deep' })
  })

  test('brackets inside text are not depth', async () => {
    const response = await post(JSON.stringify({ input: { name: '[{"'.repeat(1000) } }))
    expect(response.status).toBe(200)
  })

  test.each(['[]', '"text"', '5', 'null', 'true'])('JSON that is no object answers 422: %s', async (body) => {
    const response = await post(body)
    expect(response.status).toBe(422)
    expect(await errorOf(response)).toMatchObject({ code: 'validation_failed' })
  })

  test('an unknown member beside input answers 422 with its name', async () => {
    const response = await post('{"inputs":{"name":"Ada"}}')
    expect(response.status).toBe(422)
    expect(await errorOf(response)).toMatchObject({
      details: [{ field: 'inputs', message: 'is unknown' }],
    })
  })
})

describe('results that are not JSON fail the run, naming the place', () => {
  test.each([
    ['date', 'result.user.createdAt is a Date'],
    ['bigint', 'result.ids[1] is a BigInt'],
    ['circular', 'result.a.self is a circular reference'],
    ['nan', 'result[1] is NaN'],
    ['infinite', 'result is Infinity'],
    ['map', 'result is a Map'],
    ['set', 'result.seen is a Set'],
    ['bytes', 'result.file is bytes'],
    ['fn', 'result.go is a function'],
    ['symbol', 'result is a symbol'],
    ['promise', 'result.later is a Promise'],
    ['error', 'result.problem is an Error'],
    ['ownClass', 'result.price is a Money'],
    ['hole', 'result[1] is undefined'],
    ['deep', 'result is nested too deeply: 64 levels at most'],
    ['justTooDeep', 'result is nested too deeply: 64 levels at most'],
  ])('%s', async (name, message) => {
    const answer = await server().execute(name)
    expect(answer).toMatchObject({ status: 'FAILED', result: null })
    expect(answer.error?.message).toContain(message)
    const { error } = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
    expect(error?.code).toBe('result_invalid')
  })

  test('as deep as a body may be is fine', async () => {
    expect(await server().execute('deepEnough')).toMatchObject({ status: 'SUCCESS' })
  })

  test('an argument nested 30,000 levels deep is refused where the call is made', async () => {
    expect(await server().execute('deepArgument')).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('is nested too deeply: 64 levels at most') },
    })
  })

  test('a getter that throws', async () => {
    expect(await server().execute('getter')).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('from a getter') },
    })
  })

  test('50 MB is refused with the limit and what to do; just below the limit it is returned (27)', async () => {
    const tooLarge = await server().execute('large', { megabytes: 50 })
    expect(tooLarge).toMatchObject({ status: 'FAILED' })
    expect(tooLarge.error?.message).toMatch(/50\.0 MB.*limit is 8\.0 MB.*files\.write/)
    const fits = await server().execute('large', { megabytes: 7 })
    expect(fits.status).toBe('SUCCESS')
    expect((fits.result as string).length).toBe(7 * 1024 * 1024)
    const { result } = await server().api(routes.getExecutionResult, { params: { id: fits.execution_id } })
    expect((result as string).length).toBe(7 * 1024 * 1024)
    const list = await server().fetch('/api/executions?workflow=large')
    expect((await list.text()).length).toBeLessThan(5000)
  })
})

describe('whatever is thrown becomes an error', () => {
  test.each([
    ['throwNull', 'Error', 'null'],
    ['throwText', 'Error', 'text'],
    ['throwUndefined', 'Error', 'undefined'],
    ['throwObject', 'Error', 'because'],
    ['throwNumber', 'Error', '42'],
    ['throwSync', 'Error', 'at once'],
    ['throwCause', 'Error', 'outer'],
    ['throwEvil', 'Error', 'could not be read'],
    ['throwProxy', 'Error', ''],
    ['throwNul', 'Error', 'a'],
  ])('%s', async (name, type, message) => {
    const answer = await server().execute(name)
    expect(answer).toMatchObject({ status: 'FAILED', error: { type } })
    expect(answer.error?.message).toContain(message)
    const stored = await server().ended(answer.execution_id)
    expect(stored.error?.message).toContain(message)
  })

  test('a very long text is cut', async () => {
    const answer = await server().execute('throwHuge')
    expect(answer.status).toBe('FAILED')
    const { error } = await server().ended(answer.execution_id)
    expect(error?.message.length).toBeLessThan(20_000)
    expect(error?.stack?.length).toBeLessThan(50_000)
  })

  test('a cause is told with its place', async () => {
    const { execution_id } = await server().execute('throwCause')
    const { error } = await server().ended(execution_id)
    expect(error?.stack).toMatch(/Caused by: Error: inner\n.*throws\.ts:\d+/)
  })
})

describe('code that does not come back', () => {
  test.each([
    ['exits', 'exit', 'process.exit(3)'],
    ['exitsLater', 'exit', 'process.exit(0)'],
    ['reallyExits', null, ''],
    ['aborts', null, ''],
    ['killsItself', 'child_exited', ''],
    ['rejects', 'unhandled', 'left alone'],
    ['throwsLater', 'unhandled', 'from a timer'],
    ['stackOverflow', 'error', 'call stack'],
  ])('%s fails the run with a reason (25)', async (name, code, message) => {
    const answer = await server().execute(name)
    expect(answer).toMatchObject({ status: 'FAILED', error: { message: expect.stringContaining(message) } })
    const { error } = await server().ended(answer.execution_id)
    if (code) expect(error?.code).toBe(code)
  })

  test('out of memory fails the run and says how much it had', async () => {
    const answer = await server().execute('outOfMemory')
    expect(answer).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringMatching(/\d+ MB of memory/) },
    })
    const { error } = await server().ended(answer.execution_id)
    expect(error?.code).toBe('out_of_memory')
  })

  test.each(['spins', 'spinsInTry', 'spinsInRegExp', 'hangs', 'microtasks', 'slowly'])(
    '%s ends with TIMEOUT soon after its limit (21)',
    async (name) => {
      const answer = await server().execute(name)
      expect(answer).toMatchObject({ status: 'TIMEOUT', result: null, error: { type: 'TimeoutError' } })
      expect(answer.duration_ms).toBeGreaterThanOrEqual(950)
    },
  )
})

describe('what a run writes', () => {
  test('a million log lines are kept to the limit, and the log says so', async () => {
    const answer = await server().execute('talksALot')
    expect(answer).toMatchObject({ status: 'SUCCESS', result: 'done' })
    const { items } = await server().api(routes.getExecutionLogs, {
      params: { id: answer.execution_id },
      query: { after: 9990, limit: 100 },
    })
    expect(items.at(-1)).toMatchObject({ level: 'warning', message: expect.stringContaining('990000 more') })
    expect(items.at(-2)?.message).toBe('line 9999')
    const { log_count } = await server().ended(answer.execution_id)
    expect(log_count).toBe(limits.logLinesMax + 1)
  })

  test('a long line is cut and says so', async () => {
    const { execution_id } = await server().execute('longLine')
    const [line, after] = await server().logs(execution_id)
    expect(line?.message.length).toBeLessThan(limits.logLineBytesMax + 100)
    expect(line?.message).toMatch(/more characters\)$/)
    expect(after?.message).toBe('after')
  })

  test('NUL, lone surrogates and escapes are stored as text', async () => {
    const { execution_id, status } = await server().execute('oddText')
    expect(status).toBe('SUCCESS')
    const lines = await server().logs(execution_id)
    expect(lines[0]?.message).toMatch(/^nul .* lone .* esc/)
    expect(lines.map((line) => line.message).slice(1)).toEqual(['', ''])
  })

  test('a flood on stdout and stderr changes nothing', async () => {
    expect(await server().execute('stderrFlood')).toMatchObject({ status: 'SUCCESS', result: 'done' })
  })
})
