import { describe, expect, test } from 'vitest'
import { limits } from '../../contract/src/index.ts'
import { pythonFor } from '../../server/src/testing/python.ts'
import { type Child, type RunOptions, type Sent, withChild } from './child.ts'

const python = await pythonFor('The Python runtime')
const given = test.runIf(python !== null)

const run = (source: string, input: Record<string, unknown> = {}, more: RunOptions = {}) =>
  withChild(python, async (child) => {
    const loaded = await child.load({ 'jobs/main.py': source }, 'jobs/main.py')
    if (loaded.type === 'load_failed') throw new Error(loaded.failure.message)
    return { end: await child.run('main', input, more), child }
  })

const resultOf = async (source: string, input: Record<string, unknown> = {}, more: RunOptions = {}) => {
  const { end } = await run(source, input, more)
  if (end.type !== 'done') throw new Error(JSON.stringify(end))
  return JSON.parse(end.result) as unknown
}

const failureOf = async (source: string, input: Record<string, unknown> = {}, more: RunOptions = {}) => {
  const { end } = await run(source, input, more)
  if (end.type !== 'failed') throw new Error(JSON.stringify(end))
  return end.failure
}

const loadFailure = (files: Record<string, string>, entry = 'main.py') =>
  withChild(python, async (child) => {
    const answer = await child.load(files, entry)
    return answer.type === 'load_failed' ? answer.failure : null
  })

describe('loading', () => {
  given(
    'modules import each other from the root and relatively, without __init__.py, and none is there twice',
    async () => {
      const files = {
        'billing/close.py': [
          'from shared.tools._auth import token, seen',
          'from . import sums',
          'from .sums import add',
          'async def main():',
          '    from shared.tools import _auth',
          '    return [token(), add(1, 2), sums.__name__, __name__, __file__, _auth.seen is seen]',
        ].join('\n'),
        'billing/sums.py': 'def add(a, b):\n    return a + b\n',
        'shared/tools/_auth.py': 'seen = []\ndef token():\n    return "t"\n',
        'shared/__init__.py': '',
      }
      await withChild(python, async (child) => {
        expect(await child.load(files, 'billing/close.py')).toEqual({ type: 'loaded' })
        const end = (await child.run('main')) as Sent<'done'>
        expect(JSON.parse(end.result)).toEqual([
          't',
          3,
          'billing.sums',
          'billing.close',
          'billing/close.py',
          true,
        ])
      })
    },
  )

  given('snippets use names that they do not import, and a file may bind them otherwise', async () => {
    const source = [
      '@workflow(name="Close one", category="Billing")',
      'async def main(context: ExecutionContext, who: str):',
      '    """',
      '    Closes.',
      '    """',
      '    logger.info("for %s", who)',
      '    return [context.email, main._executable_metadata["description"], main._executable_metadata["type"]]',
    ].join('\n')
    const { end, child } = await run(source, { who: 'Ada' }, { arguments: [{ kind: 'context' }] })
    expect(JSON.parse((end as Sent<'done'>).result)).toEqual(['ada@contoso.test', 'Closes.', 'workflow'])
    expect(child.logs).toEqual(['info: for Ada'])
  })

  given(
    'a bifrost.py of the workspace is not ours, and a file may be called like a module of Python',
    async () => {
      await withChild(python, async (child) => {
        const files = {
          'calendar.py':
            'import json, bifrost\ndef main():\n    return [bifrost.__name__, bool(bifrost.workflow)]\n',
          'bifrost.py': 'raise SystemExit(1)',
          'json.py': 'raise SystemExit(1)',
        }
        expect(await child.load(files, 'calendar.py')).toEqual({ type: 'loaded' })
        expect(JSON.parse(((await child.run('main')) as Sent<'done'>).result)).toEqual(['bifrost', true])
      })
    },
  )

  given('inline code is the body of an async function', async () => {
    await withChild(python, async (child) => {
      const code =
        '\ufefffrom __future__ import annotations\nimport asyncio\nawait asyncio.sleep(0)\nt = """a\n b"""\nreturn [input["n"], context.name, t]'
      await child.load({ 'inline:code.py': code }, 'inline:code.py')
      const shape = [{ kind: 'parameter', name: 'input' } as const, { kind: 'context' } as const]
      const end = await child.run('run', { input: { n: 1 } }, { arguments: shape })
      expect(JSON.parse((end as Sent<'done'>).result)).toEqual([1, 'Ada', 'a\n b'])
    })
  })

  given.each([
    ['print "x"', 'SyntaxError', 'main.py:1 is not valid Python'],
    ['\nimport nowhere.x', 'ModuleNotFoundError', 'main.py:2 imports the module "nowhere", which is neither'],
    ['x = 1\ny = x / 0', 'ZeroDivisionError', 'at module level at main.py:2, outside of any function'],
    ['import sys\nsys.exit(3)', 'SystemExit', 'The code called sys.exit(3)'],
    ['import broken', 'KeyError', 'at module level at broken.py:2'],
    ['# -*- coding: latin-1 -*-\nraise ValueError("ä")', 'ValueError', 'ä'],
    ['import asyncio\nasync def f(): raise OSError("no")\nasyncio.run(f())', 'OSError', 'no'],
  ])('%j cannot be loaded: %s', async (source, type, message) => {
    const failure = await loadFailure({ 'main.py': source, 'broken.py': '\n{}["a"]' })
    expect(failure).toMatchObject({ kind: 'load_failed', type, message: expect.stringContaining(message) })
  })

  given(
    'a module that answers to any name, and forgotten awaits at module level, disturb nothing',
    async () => {
      const source = [
        'import asyncio',
        'async def forgotten(): pass',
        'forgotten()',
        'def __getattr__(name):',
        '    raise RuntimeError(name)',
        'def main():',
        '    return 1',
      ].join('\n')
      expect(await resultOf(source)).toBe(1)
      expect((await run(source)).child.all('load_failed')).toEqual([])
    },
  )

  given('nothing of the server is in the environment, and what was asked for is', async () => {
    await withChild(python, async (child) => {
      await child.load({ 'a.py': 'import os\ndef main():\n    return dict(os.environ)' }, 'a.py', {
        env: { MINE: '1' },
      })
      const variables = JSON.parse(((await child.run('main')) as Sent<'done'>).result)
      expect(variables).toMatchObject({ MINE: '1' })
      expect(variables).not.toHaveProperty('SERVER_SECRET')
    })
  })
})

describe('inputs', () => {
  given('are converted by their hints, each by itself', async () => {
    const source = [
      'from __future__ import annotations',
      'import datetime, enum, dataclasses, uuid, decimal',
      'from typing import Literal, Optional, TypedDict, Annotated',
      'class Plan(enum.Enum):',
      '    BASIC = "basic"',
      '    FULL = "full"',
      '@dataclasses.dataclass',
      'class Line:',
      '    sku: str',
      '    day: datetime.date',
      '    plan: Optional[Plan] = None',
      'class Row(TypedDict):',
      '    at: datetime.datetime',
      'async def main(plan: Plan, at: datetime.datetime, lines: list[Line], row: Row, maybe: Plan | None,',
      '               missing: NotThere, ratio: float, kind: Literal["a", 1] = "a", note: Annotated[str, "x"] = "none"):',
      '    return [plan.name, at.year, at.tzinfo is not None, lines[0].day.isoformat(), lines[0].plan.name,',
      '            type(row["at"]).__name__, maybe, missing, type(ratio).__name__, kind, note]',
    ].join('\n')
    const input = {
      plan: 'full',
      at: '2026-12-01T10:00:00.500Z',
      lines: [{ sku: 'a', day: '2026-12-24', plan: 'basic' }],
      row: { at: '2026-12-01T10:00:00Z' },
      missing: { as: 'it came' },
      ratio: 2,
    }
    expect(await resultOf(source, input)).toEqual([
      'FULL',
      2026,
      true,
      '2026-12-24',
      'BASIC',
      'datetime',
      null,
      { as: 'it came' },
      'float',
      'a',
      'none',
    ])
  })

  given('positional-only, keyword-only, *args and **kwargs', async () => {
    const source =
      'def main(a, b=2, /, c=3, *args, d, e=5, **rest):\n    return [a, b, c, list(args), d, e, rest]'
    expect(await resultOf(source, { a: 1, d: 4, x: 6 })).toEqual([1, 2, 3, [], 4, 5, { x: 6 }])
  })

  given('one that its enum does not have is told', async () => {
    const source = 'import enum\nclass Plan(enum.Enum):\n    A = "a"\ndef main(plan: Plan): pass'
    expect(await failureOf(source, { plan: 'z' })).toMatchObject({
      type: 'ValidationError',
      message: "plan must be one of 'a'; it is 'z'.",
    })
  })
})

describe('results', () => {
  given('of all plain forms become JSON', async () => {
    const source = [
      'import datetime, uuid, decimal, enum, dataclasses, collections',
      'class E(enum.Enum):',
      '    A = "a"',
      '@dataclasses.dataclass',
      'class D:',
      '    x: int',
      '    e: E',
      'async def main():',
      '    return {"at": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), "day": datetime.date(2026, 1, 2),',
      '            "id": uuid.UUID(int=1), "price": decimal.Decimal("1.50"), "set": {2, 1}, "d": D(1, E.A), "t": (1, None),',
      '            E.A: True, 5: collections.OrderedDict(a=1), "half": "\\ud83d"}',
    ].join('\n')
    expect(await resultOf(source)).toEqual({
      at: '2026-01-02T00:00:00+00:00',
      day: '2026-01-02',
      id: '00000000-0000-0000-0000-000000000001',
      price: 1.5,
      set: [1, 2],
      d: { x: 1, e: 'a' },
      t: [1, null],
      a: true,
      5: { a: 1 },
      half: '\ud83d',
    })
  })

  given.each([
    ['{"list": [object()]}', 'result.list[0] is an object'],
    ['{"user": helper()}', 'result.user is a coroutine that was not awaited (helper)'],
    ['float("nan")', 'result is nan'],
    ['{"a": b"x"}', 'result.a is bytes (bytes)'],
    ['{"a b": ValueError("x")}', 'result["a b"] is an error (ValueError)'],
    ['(x for x in [1])', 'result is a generator'],
    ['{(1, 2): 3}', 'result has a key that is a tuple'],
  ])('%s is refused with its place', async (value, message) => {
    expect(await failureOf(`async def helper(): pass\nasync def main():\n    return ${value}`)).toMatchObject(
      {
        kind: 'result_invalid',
        message: expect.stringContaining(message),
        retry: false,
      },
    )
  })

  given('of a data provider are options', async () => {
    const rows =
      'def main():\n    return [{"id": 1, "name": "One", "extra": 2}, {"label": "Two", "value": "2"}]'
    expect(await resultOf(rows, {}, { metadata: { type: 'data_provider' } })).toEqual([
      { label: 'One', value: 1, extra: 2 },
      { label: 'Two', value: '2' },
    ])
  })
})

describe('errors', () => {
  given('have their type, message and the lines of the author alone', async () => {
    const source = [
      'import json',
      'async def main():',
      '    try:',
      '        json.loads("{")',
      '    except ValueError as error:',
      '        raise LookupError("nothing") from error',
    ].join('\n')
    const failure = await failureOf(source)
    expect(failure).toMatchObject({ kind: 'error', type: 'LookupError', message: 'nothing', retry: true })
    expect(failure.stack).toContain(
      'File "jobs/main.py", line 6, in main\n    raise LookupError("nothing") from error',
    )
    expect(failure.stack).toContain('The above exception was the direct cause')
    expect(failure.stack).not.toMatch(/_runtime|json\/|asyncio/)
  })

  given.each([
    ['raise UserError("Order one first.")', { type: 'UserError', forUser: true, retry: false }],
    ['import bifrost; raise bifrost.FatalError("no")', { type: 'FatalError', retry: false }],
    [
      'import sys; sys.exit(2)',
      { kind: 'exit', message: 'The workflow called sys.exit(2); return or raise instead.' },
    ],
    ['main2 = lambda n: main2(n + 1); main2(0)', { type: 'RecursionError' }],
    ['raise KeyboardInterrupt', { type: 'KeyboardInterrupt' }],
    ['import asyncio; raise asyncio.CancelledError', { type: 'CancelledError' }],
    [
      'class E(Exception):\n        __str__ = None\n    raise E',
      { type: 'E', message: 'The error itself could not be read.' },
    ],
  ])('%s', async (line, expected) => {
    expect(await failureOf(`async def main():\n    ${line}`)).toMatchObject(expected)
  })

  given('of a task that is not awaited fail the run, also its exit', async () => {
    const task = (line: string) =>
      `import asyncio, sys\nasync def side():\n    ${line}\nasync def main():\n    t = asyncio.create_task(side())\n    await asyncio.sleep(60)`
    expect(await failureOf(task('sys.exit(4)'))).toMatchObject({ kind: 'exit' })
  })

  given('leave the variables of each function', async () => {
    const source =
      'def inner(count):\n    part = [count]\n    raise ValueError("x")\nasync def main(name: str):\n    total = 2\n    inner(total)'
    const { end } = await run(source, { name: 'n' })
    expect(JSON.parse(end.variables)).toEqual({ name: 'n', total: 2, count: 2, part: [2] })
  })
})

describe('logs', () => {
  given('are those of the author, with levels, prints and half lines', async () => {
    const source = [
      'import logging, sys, warnings',
      'log = logging.getLogger(__name__)',
      'def main():',
      '    log.debug("d %s", 1, extra={"a": 1})',
      '    logging.getLogger("billing.job").warning("w")',
      '    print("p", end="")',
      '    print("q")',
      '    sys.stderr.write("e\\n")',
      '    sys.stdout.buffer.write("ü\\n".encode())',
      '    try:',
      '        1 / 0',
      '    except ZeroDivisionError:',
      '        log.exception("broke")',
      '    log.info("%d", "no number")',
      '    sys.stdout = None',
      '    sys.__stdout__ and sys.__stdout__.write("raw")',
    ].join('\n')
    const { child } = await run(source)
    const [debug, warning, printed, error, bytes, broke, bent] = child.logs
    expect([debug, warning, printed, error, bytes]).toEqual([
      'debug: d 1',
      'warning: w',
      'info: pq',
      'error: e',
      'info: ü',
    ])
    expect(broke).toContain(
      'error: broke\nTraceback (most recent call last):\n  File "jobs/main.py", line 11',
    )
    expect(bent).toContain('its arguments do not fit it')
  })

  given('of libraries are left out', async () => {
    const source =
      'import asyncio, logging, http.client\nasync def main():\n    exec(compile("logging.getLogger(\'http.client\').error(1)", "/lib/http.py", "exec"))\n    print("seen")'
    expect((await run(source)).child.logs).toEqual(['info: seen'])
  })

  given('are bounded, and the rest counted', async () => {
    const source = 'def main():\n    for n in range(20_000):\n        print(n)\n    print("x" * 50_000_000)'
    const { end, child } = await run(source)
    expect(child.all('log')).toHaveLength(limits.logLinesMax)
    expect((end as Sent<'done'>).logsDropped).toBe(10_001)
  })

  given('a long line is cut', async () => {
    const { child } = await run('def main():\n    print("x" * 50_000_000)')
    expect(child.logs[0]?.slice(-60)).toContain(`(${50_000_000 - limits.logLineBytesMax} more characters)`)
  })
})

describe('stopping', () => {
  const stopped = (source: string, reason: 'cancelled' | 'timeout' = 'cancelled') =>
    withChild(python, async (child) => {
      await child.load({ 'main.py': source }, 'main.py')
      const end = child.run('main')
      await child.until(
        (message): message is Sent<'log'> => message.type === 'log' && message.message === 'here',
      )
      child.send({ type: 'ping' }, { type: 'cancel', run: 1, reason })
      await child.next('pong')
      return { end: (await end) as Sent<'failed'>, child }
    })

  given.each([
    ['code that awaits', 'async def main():\n    print("here")\n    await asyncio.sleep(600)'],
    ['code that blocks in the system', 'async def main():\n    print("here")\n    time.sleep(600)'],
    ['code that computes', 'def main():\n    print("here")\n    while True: pass'],
    [
      'code that catches errors',
      'async def main():\n    print("here")\n    while True:\n        try:\n            time.sleep(600)\n        except Exception:\n            pass',
    ],
  ])('%s is stopped', async (_, source) => {
    const { end } = await stopped(`import asyncio, time\n${source}`)
    expect(end.failure).toMatchObject({ kind: 'stopped', message: 'The run was cancelled.' })
  })

  given('a run that was cancelled before it began does not begin', () =>
    withChild(python, async (child) => {
      const slow = 'import sys\nsum(range(30_000_000))\ndef main():\n    print("began")\n    return 1'
      const loaded = child.load({ 'main.py': slow }, 'main.py')
      const end = child.run('main')
      child.send({ type: 'cancel', run: 1, reason: 'timeout' })
      await loaded
      const answer = (await end) as Sent<'failed'>
      expect(answer.failure).toMatchObject({ kind: 'stopped', message: 'The run took too long.' })
      expect(child.logs).toEqual([])
      child.send({ type: 'end', run: 1 })
      expect(await child.next('silent')).toEqual({ type: 'silent', run: 1 })
    }),
  )

  given('a run that comes too late is not begun', () =>
    withChild(python, async (child) => {
      await child.load({ 'main.py': 'def main():\n    print("x")' }, 'main.py')
      void child.run('main', {}, { beginBy: 1 }).catch(() => {})
      await child.next('not_begun')
      expect(child.said.map(({ type }) => type)).toEqual(['ready', 'loaded', 'begun', 'not_begun'])
    }),
  )

  given('what a run leaves behind does not act in the next one', () =>
    withChild(python, async (child) => {
      const source = [
        'import asyncio, threading, time',
        'def side():',
        '    while True:',
        '        time.sleep(0.001)',
        '        print("thread")',
        'async def task():',
        '    while True:',
        '        await asyncio.sleep(0)',
        '        print("task")',
        'async def main():',
        '    threading.Thread(target=side, daemon=True).start()',
        '    asyncio.create_task(task())',
        '    await asyncio.sleep(0.05)',
        'async def later():',
        '    await asyncio.sleep(0.2)',
        '    return threading.active_count()',
      ].join('\n')
      await child.load({ 'main.py': source }, 'main.py')
      await child.run('main')
      const lines = child.all('log').length
      expect(lines).toBeGreaterThan(0)
      await child.run('later', {}, { run: 2 })
      expect(child.all('log').filter(({ run: number }) => number === 2)).toEqual([])
    }),
  )
})

describe('one child, many runs', () => {
  given('share one event loop, and modules are imported once', () =>
    withChild(python, async (child: Child) => {
      const source =
        'import asyncio\nlock = asyncio.Lock()\ncount = 0\nasync def main():\n    global count\n    async with lock:\n        count += 1\n    return [count, id(asyncio.get_running_loop())]'
      await child.load({ 'main.py': source }, 'main.py')
      const results = []
      for (const number of [1, 2, 3])
        results.push(JSON.parse(((await child.run('main', {}, { run: number })) as Sent<'done'>).result))
      expect(results.map(([count]) => count)).toEqual([1, 2, 3])
      expect(new Set(results.map(([, loop]) => loop)).size).toBe(1)
    }),
  )

  given('os._exit ends the child, and the loss of the server as well', async () => {
    await withChild(python, async (child) => {
      await child.load({ 'main.py': 'import os\ndef main():\n    os._exit(9)' }, 'main.py')
      void child.run('main').catch(() => {})
      expect(await child.ended).toBe(9)
    })
    await withChild(python, async (child) => {
      await child.next('ready')
      child.process.stdio[3]?.destroy()
      await child.ended
      expect(child.process.signalCode).toBe('SIGKILL')
    })
  })
})
