import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../server/src/testing/python.ts'
import { type Child, type Sent, withChild } from './child.ts'

const python = await pythonFor('Hostile code of Python')
const given = test.runIf(python !== null)

const loaded = <T>(source: string, work: (child: Child) => Promise<T>): Promise<T> =>
  withChild(python, async (child) => {
    const answer = await child.load({ 'main.py': source }, 'main.py')
    if (answer.type === 'load_failed') throw new Error(answer.failure.message)
    return work(child)
  })

const result = (end: Sent<'done' | 'failed' | 'suspend'>): unknown =>
  end.type === 'done' ? JSON.parse(end.result) : end

describe('what one run leaves on does not reach the next', () => {
  given.each([
    [
      'a trace',
      'import sys\ndef trace(*_): return trace\ndef main(): sys.settrace(trace)',
      'return sys.gettrace() is None',
    ],
    [
      'a limit of recursion',
      'import sys\ndef main(): sys.setrecursionlimit(200)',
      'return sys.getrecursionlimit()',
    ],
    [
      'a closed output',
      'import sys\ndef main():\n    sys.stdout.close()\n    sys.stdout = None',
      'print("still"); return True',
    ],
    [
      'handlers of the log',
      'import logging\ndef main():\n    logging.basicConfig(force=True, level=50)\n    logging.disable(50)',
      'logging.getLogger("x").info("still"); return True',
    ],
    [
      'another event loop',
      'import asyncio, sys, logging\ndef main():\n    async def inner(): return 7\n    return asyncio.run(inner())',
      'return asyncio.get_event_loop_policy().get_event_loop().is_closed()',
    ],
  ])('%s', (_, source, line) =>
    loaded(
      `${source}\nimport asyncio, logging, sys\ndef later():\n    ${line}\nasync def alive():\n    await asyncio.sleep(0)\n    return "alive"`,
      async (child) => {
        const first = await child.run('main')
        expect(first.type).toBe('done')
        expect([true, false, 1000]).toContain(result(await child.run('later', {}, { run: 2 })))
        if (line.includes('still')) expect(child.logs).toContain('info: still')
        expect(result(await child.run('alive', {}, { run: 3 }))).toBe('alive')
      },
    ),
  )
})

describe('code that', () => {
  given('catches everything is stopped when it is asked again', () =>
    loaded(
      'import time\ndef main():\n    print("here")\n    caught = 0\n    while caught < 2:\n        try:\n            time.sleep(600)\n        except BaseException:\n            caught += 1\n    return "over"',
      async (child) => {
        const end = child.run('main')
        await child.next('log')
        child.send({ type: 'cancel', run: 1, reason: 'timeout' })
        expect(await end).toMatchObject({
          type: 'failed',
          failure: { kind: 'stopped', message: 'The run took too long.' },
        })
      },
    ),
  )

  given('asks for the signals of the platform does not get them', () =>
    loaded(
      'import signal, time\ndef main():\n    for number in (signal.SIGUSR2, signal.SIGTERM, signal.SIGINT):\n        signal.signal(number, signal.SIG_IGN)\n    print("here")\n    time.sleep(600)',
      async (child) => {
        const end = child.run('main')
        await child.next('log')
        child.send({ type: 'cancel', run: 1, reason: 'cancelled' })
        expect(await end).toMatchObject({ failure: { kind: 'stopped' } })
      },
    ),
  )

  given('ends in a deep recursion, in threads and in tasks, answers the server meanwhile', () =>
    loaded(
      'import threading\ndef deep(n): return deep(n + 1)\ndef main():\n    threads = [threading.Thread(target=lambda: sum(range(3_000_000)), daemon=True) for _ in range(8)]\n    [thread.start() for thread in threads]\n    print("here")\n    [thread.join() for thread in threads]\n    deep(0)',
      async (child) => {
        const end = child.run('main')
        await child.next('log')
        child.send({ type: 'ping' })
        expect((await child.next('pong')).rssBytes).toBeGreaterThan(1_000_000)
        expect(await end).toMatchObject({ type: 'failed', failure: { type: 'RecursionError' } })
      },
    ),
  )

  given('replaces what the runtime is made of harms itself alone', () =>
    loaded(
      'import builtins, json, os, time\ndef main():\n    json.dumps = json.loads = os.write = os.read = time.time = None\n    return 1\ndef later():\n    return 2',
      async (child) => {
        const end = await Promise.race([child.run('main').catch(() => null), child.ended])
        expect([null, 'done', 'failed', 1]).toContain(typeof end === 'object' && end ? end.type : end)
      },
    ),
  )

  given('makes objects that raise at every touch has its failure told', () =>
    loaded(
      'class Bad:\n    def __getattr__(self, name): raise SystemExit(1)\n    __repr__ = __str__ = __eq__ = __hash__ = __iter__ = None\nclass Key(str): pass\ndef main():\n    bad = Bad()\n    rows = [bad, {Key("k"): bad}]\n    rows.append(rows)\n    raise ValueError(bad)',
      async (child) => {
        const end = (await child.run('main')) as Sent<'failed'>
        expect(end.failure).toMatchObject({
          type: 'ValueError',
          message: 'The error itself could not be read.',
        })
        expect(JSON.parse(end.variables)).toEqual({
          bad: '<Bad>',
          rows: ['<Bad>', { '<Key>': '<Bad>' }, '<Circular>'],
        })
      },
    ),
  )

  given('waits for itself in a forgotten task says so', () =>
    loaded(
      'import asyncio\nasync def main():\n    async def side(): raise LookupError("lost")\n    asyncio.create_task(side())\n    await asyncio.sleep(0.01)\n    import gc\n    gc.collect()\n    await asyncio.sleep(60)',
      async (child) => {
        expect(await child.run('main')).toMatchObject({ failure: { kind: 'unhandled', type: 'LookupError' } })
      },
    ),
  )

  given('forgets a task costs no later run its result', () =>
    loaded(
      'import asyncio, gc\nkept = []\nasync def main():\n    async def side(): raise LookupError("lost")\n    task = asyncio.create_task(side())\n    await asyncio.sleep(0.01)\n    kept.append([task])\nasync def later():\n    kept.clear()\n    gc.collect()\n    await asyncio.sleep(0.01)\n    return "fine"',
      async (child) => {
        expect((await child.run('main')).type).toBe('done')
        expect(result(await child.run('later', {}, { run: 2 }))).toBe('fine')
      },
    ),
  )

  given('has many variables, or large ones, has them cut', () =>
    loaded(
      'from bifrost import workflow\n@workflow\ndef main():\n    a = "x" * 1_000_000\n    b = list(range(100_000))\n    c = {str(n): n for n in range(100_000)}\n    d, e, f = {1, 2}, object(), main\n    return 1',
      async (child) => {
        const { variables } = (await child.run('main')) as Sent<'done'>
        const told = JSON.parse(variables)
        expect(variables.length).toBeLessThan(64 * 1024)
        expect(told.a).toMatch(/… \(989760 more characters\)$/)
        expect(told.b.at(-1)).toMatch(/^… \d+ more items$/)
        expect(told.c['…']).toMatch(/^\d+ more members$/)
        expect(told).toMatchObject({ d: '<set of 2>', e: '<object>', f: '<Function main>' })
      },
    ),
  )

  given('is a generated module of megabytes loads', () => {
    const generated = Array.from(
      { length: 20_000 },
      (_, n) =>
        `def call_${n}(a: int, b: str = "x") -> dict:\n    """Text of ${n}."""\n    return {"a": a, "b": b}\n`,
    ).join('\n')
    return withChild(python, async (child) => {
      const files = {
        'main.py': 'from clients.big import call_7\ndef main():\n    return call_7(1)',
        'clients/big.py': generated,
      }
      expect(await child.load(files, 'main.py')).toEqual({ type: 'loaded' })
      expect(result(await child.run('main'))).toEqual({ a: 1, b: 'x' })
    })
  })
})
