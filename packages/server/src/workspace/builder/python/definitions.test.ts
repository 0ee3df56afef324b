import { describe, expect, test } from 'vitest'
import { analyzed, definedBy, fileOf } from './fixture-python.ts'

const names = (text: string, others: Record<string, string> = {}) => {
  const file = fileOf(text, others)
  expect(file.error).toBeNull()
  return file.executables.map((one) => `${one.type} ${one.name}`)
}

describe('what counts as a definition', () => {
  test.for([
    ['a decorator with options', '@workflow(name="Say: hello")\ndef a(): pass', ['workflow Say: hello']],
    ['a bare decorator', '@workflow\ndef a(): pass', ['workflow a']],
    ['an async function', '@tool(description="x")\nasync def a(): pass', ['tool a']],
    ['a data provider', '@data_provider()\ndef a(): pass', ['data_provider a']],
    ['a workflow that is a tool', '@workflow(is_tool=True)\ndef a(): pass', ['tool a']],
    ['several', '@workflow\ndef b(): pass\n@tool\ndef a(): pass', ['workflow b', 'tool a']],
    ['other decorators around it', '@cached\n@workflow\n@retry(3)\ndef a(): pass', ['workflow a']],
    ['one within if', 'if True:\n    @workflow\n    def a(): pass', ['workflow a']],
    ['only the last of one name', '@workflow\ndef a(): pass\n@tool\ndef a(): pass', ['tool a']],
    ['none in a function', 'def f():\n    @workflow\n    def a(): pass', []],
    ['none in a class', 'class A:\n    @workflow\n    def a(self): pass', []],
    ['none in a text', 'x = """\n@workflow\ndef a(): pass\n"""', []],
    ['none in a comment', '# @workflow\ndef a(): pass', []],
  ] as const)('%s', ([, text, expected]) => {
    expect(names(`from bifrost import workflow, tool, data_provider\n${text}\n`)).toEqual(expected)
  })

  test.for([
    ['import bifrost\n@bifrost.workflow\ndef a(): pass', 1],
    ['import bifrost as b\n@b.workflow(name="x")\ndef a(): pass', 1],
    ['from bifrost import workflow as wf\n@wf\ndef a(): pass', 1],
    ['from bifrost import *\n@workflow\ndef a(): pass', 1],
    ['from bifrost.decorators import workflow\n@workflow\ndef a(): pass', 1],
    ['@workflow\ndef a(): pass', 1],
    ['from bifrost import workflow\njob = workflow\n@job\ndef a(): pass', 1],
    [
      'try:\n    from bifrost import workflow\nexcept ImportError:\n    def workflow(f): return f\n@workflow\ndef a(): pass',
      1,
    ],
    ['from shared.sdk import workflow\n@workflow\ndef a(): pass', 1],
    ['from prefect import workflow\n@workflow\ndef a(): pass', 0],
    ['def workflow(f): return f\n@workflow\ndef a(): pass', 0],
    ['import celery as workflow\n@workflow.tool\ndef a(): pass', 0],
    ['@other.workflow\ndef a(): pass', 0],
  ] as const)('%s defines %i', ([text, count]) => {
    const others = { 'shared/sdk.py': 'from bifrost import workflow\n' }
    expect(names(`${text}\n`, others)).toHaveLength(count)
  })

  test('what a file takes from another one counts there', () => {
    const files = analyzed({
      'a.py': 'from bifrost import workflow\n@workflow\ndef one(): pass\n',
      'b.py': 'from a import one\nfrom bifrost import workflow\n@workflow\ndef two(): return one()\n',
    })
    expect(files.map((file) => file.executables.map((one) => one.name))).toEqual([['one'], ['two']])
  })

  test('constants of a module that is imported as a whole are known', () => {
    const text = 'import rates, a.b\n@workflow\ndef job(x: int = rates.LIMIT, y: int = a.b.LIMIT): pass\n'
    const { parameters } = definedBy(text, { 'rates.py': 'LIMIT = 3\n', 'a/b.py': 'LIMIT = 4\n' })
    expect(parameters.map((one) => one.default)).toEqual([3, 4])
  })

  test('the line is that of the function', () => {
    expect(definedBy('\n@workflow(\n  name="x",\n)\nasync def a():\n    pass\n').line).toBe(5)
  })

  test('a graph has its name, its steps, and the fields of its input', () => {
    const found = definedBy(`
from dataclasses import dataclass
from bifrost import graph

@dataclass
class Order:
    id: int

process = (
    graph("process-order", input=Order, timeout_seconds=60)
    .step("fetch", fetch)
    .screen("review", fields={})
    .for_each(lambda run: run.items, body)
    .for_each("lines", lambda run: run.lines, body)
    .if_(large, body)
    .else_if(small, body)
    .sleep("1h")
    .sleep_until(later)
)
`)
    expect(found).toMatchObject({ name: 'process-order', exportName: 'process', timeoutSeconds: 60, line: 9 })
    expect(found.graph?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'step fetch',
      'screen review',
      'forEach forEach',
      'forEach lines',
      'if if',
      'sleep sleep',
      'sleep sleep 2',
    ])
    expect(found.parameters.map(({ name }) => name)).toEqual(['id'])
  })
})

describe('options', () => {
  const withOptions = (options: string, before = '') =>
    definedBy(`from bifrost import workflow\n${before}\n@workflow(${options})\ndef a(key: str = ""): pass\n`)

  test('each has its effect, as in TypeScript', () => {
    const found = withOptions(
      `
    name="A: b",
    description="One "
                'two',
    category=CATEGORY,
    tags=["x", *MORE],
    execution_mode="sync",
    timeout_seconds=60 * 5,
    retry_policy={"max_retries": 3, "delay_seconds": 10, "backoff": "exponential", "max_delay_seconds": 90},
    schedule={"cron": "0 9 * * *", "timezone": "Europe/Berlin", "catch_up": "all"},
    endpoint_enabled=True,
    allowed_methods=("GET", "post"),
    disable_global_key=True,
    public_endpoint=True,
    time_saved=15,
    value=-0.5 + 3,
    concurrency={"limit": 2, "key": "input.key"},
    rate={"limit": 5, "per_seconds": 60},
    start_on={"event": "order.created", "map": {"key": "payload.id"}},
    cancel_on={"event": "order.gone", "match": {"id": "input.key"}},
    columns={"Claim": "input.key", "Other": lambda run: 1},
`,
      'CATEGORY = "Tickets"\nMORE = ["y"]',
    )
    expect(found.warnings).toEqual([])
    expect(found.error).toBeNull()
    expect(found).toMatchObject({
      name: 'A: b',
      description: 'One two',
      category: 'Tickets',
      tags: ['x', 'y'],
      executionMode: 'sync',
      timeoutSeconds: 300,
      retryPolicy: { max_retries: 3, delay_seconds: 10, backoff: 'exponential', max_delay_seconds: 90 },
      schedule: { cron: '0 9 * * *', timezone: 'Europe/Berlin', overlap: 'skip', catch_up: 'all' },
      endpointEnabled: true,
      allowedMethods: ['GET', 'POST'],
      disableGlobalKey: true,
      publicEndpoint: true,
      timeSaved: 15,
      value: 2.5,
      flowControl: { concurrency: { limit: 2, key: 'input.key' }, rate: { limit: 5, per_seconds: 60 } },
      startOn: { event: 'order.created', map: { key: 'payload.id' } },
      cancelOn: [{ event: 'order.gone', match: { id: 'input.key' } }],
      columns: ['Claim', 'Other'],
    })
  })

  test('of a data provider and of a tool', () => {
    expect(definedBy('@data_provider(cache_ttl_seconds=60)\ndef a(): pass').cacheTtlSeconds).toBe(60)
    expect(definedBy('@data_provider(cache_ttl=5)\ndef a(): pass').cacheTtlSeconds).toBe(5)
    expect(definedBy('@data_provider\ndef a(): pass').cacheTtlSeconds).toBe(300)
    expect(definedBy('@tool(description="For agents")\ndef a(): pass').toolDescription).toBe('For agents')
  })

  test.for([
    ['nonsense=1', 'Unknown option "nonsense"; it is ignored.'],
    ['timeout=1', 'Unknown option "timeout"; it is ignored. Did you mean "timeout_seconds"?'],
    ['timeoutSeconds=1', 'Unknown option "timeoutSeconds"; it is ignored. Did you mean "timeout_seconds"?'],
    [
      'execution_mode="sync"|"async"',
      'The option "execution_mode" cannot be read without running the code, so its default is used.',
    ],
    [
      'timeout_seconds=limit()',
      'The option "timeout_seconds" cannot be read without running the code, so its default is used.',
    ],
    [
      'description=f"x{1}"',
      'The option "description" cannot be read without running the code, so its default is used.',
    ],
    ['**OPTIONS', 'Some options cannot be read without running the code; for those the defaults are used.'],
    [
      'retry_policy={"max_retries": 1, "tries": 2}',
      'Unknown member "tries" of the option "retry_policy"; it is ignored.',
    ],
  ] as const)('%s is one warning, and the workflow is there', ([options, message]) => {
    const { warnings, error } = withOptions(options)
    expect(warnings.map((note) => note.message)).toEqual([message])
    expect(warnings[0]).toMatchObject({ path: 'case.py', line: 3 })
    expect(error).toBeNull()
  })

  test.for([
    ['timeout_seconds="x"', 'The option "timeout_seconds" must be a number from 0 to 86400.'],
    [
      'retry_policy={}',
      'The option "retry_policy" has no effect without "max_retries"; set it, or remove the option.',
    ],
    [
      'retry_policy=3',
      'The option "retry_policy" must be an object with max_retries, delay_seconds, backoff, max_delay_seconds.',
    ],
    ['is_tool="yes"', 'The option "is_tool" must be true or false.'],
    ['rate={"limit": 1}', 'The option "rate" needs "per_seconds" as a number of seconds from 0.1 to 86400.'],
    [
      'concurrency={"limit": 1, "key": "input.none"}',
      'The option "concurrency" has the key "input.none", and the workflow has no input "none"; it has key.',
    ],
  ] as const)('%s is an error in words of Python', ([options, message]) => {
    expect(withOptions(options).error?.message).toBe(message)
  })

  test('a constant that is changed later, or whose file is not there, is not taken for its value', () => {
    expect(withOptions('timeout_seconds=N', 'N = 5\nN += 1').timeoutSeconds).toBe(1800)
    expect(withOptions('timeout_seconds=N', 'from gone import N').timeoutSeconds).toBe(1800)
  })
})

describe('whether a run continues by replay', () => {
  const never = (text: string, others: Record<string, string> = {}) =>
    Object.fromEntries(fileOf(text, others).executables.map((one) => [one.name, one.neverDurable === true]))

  test('a function that reaches no durable call is never durable, though its file has some', () => {
    const text = `
from bifrost import step, workflow, logger
from shared.helpers import fetch
from shared.steps import stepped

def helper():
    return step("x", lambda: 1)

@workflow
def durable(): return step("a", lambda: 1)

@workflow
def through(): return helper()

@workflow
def imported(): return stepped()

@workflow
def plain(): return fetch()

@workflow
def dynamic(): return eval("step")
`
    const others = {
      'shared/helpers.py': 'def fetch(): return 1\n',
      'shared/steps.py': 'from bifrost import sleep\nasync def stepped(): await sleep(5)\n',
    }
    expect(never(text, others)).toEqual({
      durable: false,
      through: false,
      imported: false,
      plain: true,
      dynamic: false,
    })
  })
})
