import { describe, expect, test } from 'vitest'
import type { FromChild, JournalEntry } from '../../contract/src/index.ts'
import { pythonFor } from '../../server/src/testing/python.ts'
import { type Child, journalOf, type RunOptions, type Sent, withChild } from './child.ts'

const python = await pythonFor('The durable suite of Python')
const given = test.runIf(python !== null)

const answer = (call: Sent<'call'>) => {
  switch (call.method) {
    case 'events.emit':
      return {
        value: { event_id: '0198a000-0000-7000-8000-00000000000e', started: [], woken: 1, duplicate: false },
      }
    case 'workflows.run':
      return { value: '0198a000-0000-7000-8000-00000000000c' }
    case 'workflows.startMany':
      return { value: { started: 2, duplicates: 0, ids: ['r1', 'r2'] } }
    case 'cursors.get':
      return { value: { found: false, value: null } }
    case 'tables.get':
      return {
        value: {
          id: '17',
          data: { n: 1 },
          version: 3,
          created_at: 'a',
          updated_at: 'b',
          created_by: null,
          updated_by: null,
        },
      }
    case 'tasks.prepare':
      return { value: { assignee: { user: null, role: 'org_admin' }, escalateTo: null } }
    default:
      return { value: null }
  }
}

interface Outcome {
  end: FromChild
  said: FromChild[]
}

async function play(
  child: Child,
  come: Record<string, Partial<JournalEntry>>,
  more: RunOptions,
): Promise<Outcome> {
  child.answer = answer
  child.come = come
  const end = await child.run('main', {}, more)
  return { end, said: child.said }
}

const inPython = (body: string, come: Record<string, Partial<JournalEntry>> = {}, more: RunOptions = {}) =>
  withChild(python, async (child) => {
    const source = `from bifrost import *\nimport asyncio\n${body}`
    const loaded = await child.load({ 'main.py': source }, 'main.py')
    if (loaded.type === 'load_failed') throw new Error(loaded.failure.message)
    return play(child, come, more)
  })

const inNode = (body: string, come: Record<string, Partial<JournalEntry>> = {}, more: RunOptions = {}) =>
  withChild(process.execPath, async (child) => {
    const source = `const { ${'step, graph, sleep, waitForEvent, screen, events, workflows, cursor, context, StepError'} } = globalThis[Symbol.for('bifrost.sdk')]\n${body}`
    const loaded = await child.loadSource(source, 'main.mjs')
    if (loaded.type === 'load_failed') throw new Error(loaded.failure.message)
    return play(child, come, more)
  })

/** What the histories have in common: everything but times, stacks and the wording of errors. */
function journalText({ said, end }: Outcome): unknown[] {
  const entries = said.flatMap((message) => {
    if (message.type !== 'step_ended' && message.type !== 'wait') return []
    const { type, key, name, occurrence, branch, position, kind } = message
    const attempts = message.attempts.map(({ attempt, error, roi }) => ({
      attempt,
      failed: error !== null,
      roi,
    }))
    const place = { type, key, name, occurrence, branch, position, kind, attempts }
    if (type === 'wait') {
      const { dueAt, ...wait } = message.wait
      return [{ ...place, wait: { ...wait, hasDueAt: dueAt !== null } }]
    }
    const { order, output, hasUndo, transaction } = message
    return [{ ...place, order, output, failed: message.error !== null, hasUndo, transaction }]
  })
  const last =
    end.type === 'done'
      ? { done: JSON.parse(end.result), timeSaved: end.timeSaved }
      : end.type === 'suspend'
        ? { waiting: end.waiting }
        : { type: end.type }
  return [...entries, last]
}

const resolved = (output: unknown): Partial<JournalEntry> => ({
  status: 'completed',
  output: JSON.stringify(output),
})

/** The same program twice, and what comes for its waits. */
const programs: Record<
  string,
  { ts: string; py: string; come?: Record<string, Partial<JournalEntry>>; more?: RunOptions }
> = {
  'steps one after the other, the same name twice': {
    ts: `export const main = async () => [await step('a', () => 1), await step('a', () => ({ n: 2 })), await step('b', () => null)]`,
    py: `async def main(): return [await step("a", lambda: 1), await step("a", lambda: {"n": 2}), await step("b", lambda: None)]`,
  },
  'branches side by side': {
    ts: `const two = async (name) => { await step(name + '1', () => name); return step(name + '2', () => name) }
      export const main = async () => Promise.all([two('x'), two('y'), two('z')])`,
    py: `async def two(name):\n    await step(name + "1", lambda: name)\n    return await step(name + "2", lambda: name)
async def main(): return await asyncio.gather(two("x"), two("y"), two("z"))`,
  },
  'retries, a failure that is handled, and the handing over': {
    ts: `export const main = async () => {
      let tries = 0
      const a = await step('flaky', { retries: 2, backoffSeconds: 0.01 }, () => { if (++tries < 3) throw new Error('x'); return tries })
      try { await step('bad', () => { throw new Error('no') }) } catch (error) { if (!(error instanceof StepError)) throw error }
      const c = await step('rescued', { onFailure: () => 'plan b' }, () => { throw new Error('no') })
      return [a, c]
    }`,
    py: `async def main():
    tries = 0
    def flaky():
        nonlocal tries
        tries += 1
        if tries < 3: raise ValueError("x")
        return tries
    a = await step("flaky", flaky, retries=2, backoff_seconds=0.01)
    def bad(): raise ValueError("no")
    try:
        await step("bad", bad)
    except StepError:
        pass
    c = await step("rescued", bad, on_failure=lambda error: "plan b")
    return [a, c]`,
  },
  'a long retry leaves': {
    ts: `export const main = () => step('later', { retries: 1, backoffSeconds: 100 }, () => { throw new Error('x') })`,
    py: `async def main():\n    def fails(): raise ValueError("x")\n    await step("later", fails, retries=1, backoff_seconds=100)`,
  },
  'sleeping leaves, with two waits at once': {
    ts: `export const main = async () => { await step('a', () => 1); await Promise.all([sleep('1h'), waitForEvent('paid', { match: { id: 7 } })]) }`,
    py: `async def main():\n    await step("a", lambda: 1)\n    await asyncio.gather(sleep("1h"), wait_for_event("paid", match={"id": 7}))`,
  },
  'what comes while it is here': {
    ts: `export const main = async () => [await waitForEvent('paid', { timeout: '1h' }), await step('after', () => 1)]`,
    py: `async def main(): return [await wait_for_event("paid", timeout="1h"), await step("after", lambda: 1)]`,
    come: { 'paid#1': resolved({ amount: 5 }) },
  },
  'events, runs, many runs, a cursor': {
    ts: `export const main = async () => {
      const emitted = await events.emit('made', { id: 1 })
      const run = await workflows.run('other', { a: 1 })
      const many = await workflows.startMany('other', [{ a: 1 }, { a: 2 }, { a: 1 }], { key: (one) => one.a })
      const place = cursor('orders')
      const since = (await place.get()) ?? null
      await place.set('x')
      return [emitted.woken, run, many.started, many.duplicates, since]
    }`,
    py: `async def main():
    emitted = await events.emit("made", {"id": 1})
    run = await workflows.run("other", {"a": 1})
    many = await workflows.start_many("other", [{"a": 1}, {"a": 2}, {"a": 1}], key=lambda one: one["a"])
    place = cursor("orders")
    since = await place.get()
    await place.set("x")
    return [emitted.woken, run, many.started, many.duplicates, since]`,
    come: { 'other#1': resolved('child result') },
  },
  'a screen': {
    ts: `export const main = () => screen('approve_it', { fields: { approved: 'boolean', note: { type: 'string', required: false } }, assignee: { role: 'org_admin' }, props: { a: 1 } })`,
    py: `async def main(): return await screen("approve_it", fields={"approved": "boolean", "note": {"type": "string", "required": False}}, assignee={"role": "org_admin"}, props={"a": 1})`,
  },
  'a transaction': {
    ts: `export const main = () => step.tx('book', async (tx) => { const a = await tx.get('accounts', '17'); tx.update('accounts', '17', { n: a.n + 1 }); tx.delete('old', 'x'); return a.n })`,
    py: `async def main():
    async def book(tx):
        a = await tx.get("accounts", "17")
        tx.update("accounts", "17", {"n": a.data["n"] + 1})
        tx.delete("old", "x")
        return a.data["n"]
    return await step.tx("book", book)`,
  },
  'a step that suspends itself': {
    ts: `export const main = () => step('ask', ({ suspend, isResuming, resumeData }) => isResuming ? resumeData : suspend({ reason: 'a call' }))`,
    py: `async def main():
    async def ask(ctx):
        if ctx.is_resuming: return ctx.resume_data
        return await ctx.suspend(reason="a call")
    return await step("ask", ask)`,
    come: { 'ask#1': { status: 'resumed', resume: { data: '{"yes":true}' } } },
  },
  'what it saves': {
    ts: `export const main = async () => { context.roi.timeSaved = 5; await step('a', () => { context.roi.timeSaved += 2 }) }`,
    py: `async def main():
    context.roi.time_saved = 5
    def more(): context.roi.time_saved += 2
    await step("a", more)`,
  },
  'undoing, the latest first': {
    ts: `export const main = async () => { await step('a', { undo: (o) => o }, () => 1); await step('b', { undo: () => { } }, () => 2); throw new Error('x') }`,
    py: `async def main():
    await step("a", lambda: 1, undo=lambda output: output)
    await step("b", lambda: 2, undo=lambda output: None)
    raise ValueError("x")`,
  },
  'a graph': {
    ts: `export const main = graph('g')
      .step('a', () => 5)
      .if((ctx) => ctx.results.a > 3, (then) => then.step('big', () => 'big'))
      .parallel('both', { l: (b) => b.step('l1', () => 1).step('l2', () => 2), r: (b) => b.step('r1', () => 3) })
      .forEach('each', () => ['p', 'q', 'r'], (e) => e.step('one', (ctx) => ctx.item + ctx.index), { concurrency: 2, key: (i) => i })
      .do('more', () => step('inner', () => 1))
      .sleep('1h')
      .step('last', (ctx) => ctx.results.both)`,
    py: `main = (graph("g")
    .step("a", lambda ctx: 5)
    .if_(lambda ctx: ctx.results["a"] > 3, lambda then: then.step("big", lambda ctx: "big"))
    .parallel("both", {"l": lambda b: b.step("l1", lambda ctx: 1).step("l2", lambda ctx: 2), "r": lambda b: b.step("r1", lambda ctx: 3)})
    .for_each("each", lambda ctx: ["p", "q", "r"], lambda e: e.step("one", lambda ctx: ctx.item + str(ctx.index)), concurrency=2, key=lambda i: i)
    .do("more", lambda ctx: step("inner", lambda: 1))
    .sleep("1h")
    .step("last", lambda ctx: ctx.results["both"]))`,
    come: { 'sleep#1': resolved(null) },
  },
}

describe('the same program gives the same journal in both languages', () => {
  given.each(Object.entries(programs))('%s', async (_, { ts, py, come, more }) => {
    const [fromPython, fromNode] = [await inPython(py, come, more), await inNode(ts, come, more)]
    expect(journalText(fromNode).length).toBeGreaterThan(0)
    expect(journalText(fromPython)).toEqual(journalText(fromNode))
  })

  given.each(Object.entries(programs))(
    'the history of TypeScript replays in Python: %s',
    async (_, { ts, py, come }) => {
      const first = await inNode(ts, come)
      const journal = journalOf(first.said, {}).filter(
        ({ status, kind }) => status !== 'waiting' && kind !== 'undo',
      )
      const again = await inPython(py, come, { journal })
      expect(again.end.type === 'failed' ? again.end.failure.kind : again.end.type).toBe(
        first.end.type === 'failed' ? first.end.failure.kind : first.end.type,
      )
      expect(journalText({ ...again, said: [] })).toEqual(journalText({ ...first, said: [] }))
      // Nothing that the history has is done again.
      const known = new Set(journal.map(({ key }) => key))
      expect(
        again.said.filter((message) => message.type === 'step_started' && known.has(message.key)),
      ).toEqual([])
    },
  )
})

describe('a run that comes back', () => {
  const source = `async def main():
    print("first")
    a = await step("a", lambda: 1)
    print("second")
    await sleep("1h")
    print("third")
    return [a, await step("b", lambda: 2)]`

  given('continues where it was, and says nothing twice', async () => {
    const first = await inPython(source)
    expect(first.end).toMatchObject({ type: 'suspend', waiting: ['sleep#1'] })
    const journal = journalOf(first.said, { 'sleep#1': { status: 'completed', order: 2 } })
    const second = await inPython(source, {}, { journal })
    expect(JSON.parse((second.end as Sent<'done'>).result)).toEqual([1, 2])
    const logs = (said: FromChild[]) =>
      said.flatMap((message) => (message.type === 'log' ? [message.message] : []))
    expect([logs(first.said), logs(second.said)]).toEqual([['first', 'second'], ['third']])
  })

  given('on other code is parked', async () => {
    const first = await inPython(source)
    const changed = source.replace('step("a"', 'step("c"')
    const { end } = await inPython(changed, {}, { journal: journalOf(first.said) })
    expect((end as Sent<'failed'>).failure).toMatchObject({
      kind: 'nondeterministic',
      retry: false,
      mismatch: { expected: 'a#1', asked: 'c#1' },
    })
  })

  given('to be undone repeats its steps and undoes them, whatever it waited for', async () => {
    const undone = `async def main():
    await step("a", lambda: 1, undo=lambda output: print("undo", output))
    await sleep("1h")`
    const first = await inPython(undone)
    const { end, said } = await inPython(undone, {}, { journal: journalOf(first.said), undo: true })
    expect((end as Sent<'failed'>).failure.kind).toBe('stopped')
    expect(said.map(({ type }) => type)).toContain('undoing')
    expect(said.filter(({ type }) => type === 'step_ended')).toMatchObject([
      { key: 'undo/undo a#1#1', kind: 'undo', output: 'null' },
    ])
    expect(said.filter(({ type }) => type === 'log')).toMatchObject([{ message: 'undo 1' }])
  })

  given('is checked against its history', () =>
    withChild(python, async (child) => {
      const first = await inPython(source)
      await child.load({ 'main.py': `from bifrost import *\n${source}` }, 'main.py')
      const target = { exportName: 'main', arguments: [], parameters: [], metadata: {} }
      const { context } = await import('./child.ts')
      const check = { type: 'check', reads: [], target, input: {}, context, timeoutMs: 10_000 } as const
      child.send({ ...check, run: 1, journal: journalOf(first.said) })
      expect(await child.next('checked')).toMatchObject({ run: 1, outcome: 'fits', next: 'sleep#1' })
      const [entry] = journalOf(first.said)
      child.send({ ...check, run: 2, journal: [{ ...(entry as JournalEntry), key: 'z#1', name: 'z' }] })
      const broken = await child.until(
        (message): message is Sent<'checked'> => message.type === 'checked' && message.run === 2,
      )
      expect(broken).toMatchObject({ outcome: 'breaks', expected: 'z#1', asked: 'a#1' })
      expect(child.all('step_started')).toEqual([])
    }),
  )
})

given('a run that is cancelled while it waits undoes what it did', () =>
  withChild(python, async (child) => {
    const body =
      'from bifrost import *\nimport asyncio\nasync def main():\n    await step("a", lambda: 1, undo=lambda o: print("undone"))\n    print("here")\n    await asyncio.sleep(600)'
    await child.load({ 'main.py': body }, 'main.py')
    const end = child.run('main')
    await child.until((message): message is Sent<'log'> => message.type === 'log')
    child.send({ type: 'cancel', run: 1, reason: 'cancelled' })
    expect(((await end) as Sent<'failed'>).failure.kind).toBe('stopped')
    expect(child.logs).toEqual(['info: here', 'info: undone'])
    expect(child.all('step_ended').map(({ key }) => key)).toEqual(['a#1', 'undo/undo a#1#1'])
  }),
)
