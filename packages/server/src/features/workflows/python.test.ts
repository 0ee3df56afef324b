import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../testing/python.ts'
import { until, useServer } from '../../testing/server.ts'

const python = await pythonFor('Running Python workflows')

const server = useServer({
  files: {
    'billing/rates.py':
      'STANDARD = 19\n\n\ndef rate_of(country: str) -> int:\n    return STANDARD if country == "DE" else 0\n',
    'hello.py': `
import logging
from bifrost import workflow, context, UserError
from billing.rates import STANDARD, rate_of

logger = logging.getLogger(__name__)


@workflow(category="Greetings", tags=["first"])
async def hello(name: str, times: int = 2, rate: int = STANDARD) -> dict:
    """Greets a person.

    Args:
        name: Who is greeted.
    """
    logger.info("greeting %s", name, extra={"name_of": name})
    print("printed")
    logger.warning("done")
    return {"greeting": " ".join([f"Hello {name}"] * times), "rate": rate, "organization": context.org_name}


@workflow
def blocking(seconds: float):
    import time

    print("sleeps")
    time.sleep(seconds)
    return "slept"


@workflow
async def fails():
    country = "FR"
    rate = rate_of(country)
    raise ValueError(f"no rate of {country}: {rate}")


@workflow
async def refuses():
    raise UserError("This customer is closed.")
`,
    'broken.py': 'from bifrost import workflow\n\n\n@workflow\nasync def broken(:\n    pass\n',
    'needs.py':
      'import no_such_package\nfrom bifrost import workflow\n\n\n@workflow\nasync def needs():\n    return 1\n',
  },
})

const executionOf = (id: string) => server().api(routes.getExecution, { params: { id } })
const logsOf = async (id: string) =>
  (await server().api(routes.getExecutionLogs, { params: { id }, query: {} })).items

describe.skipIf(python === null)('a Python workflow', () => {
  test('is listed with its language, parameters, description and help', async () => {
    const { items } = await server().api(routes.listWorkflows, { query: {} })
    const hello = items.find((one) => one.name === 'hello')
    expect(hello).toMatchObject({
      language: 'python',
      description: 'Greets a person.',
      category: 'Greetings',
      tags: ['first'],
    })
    expect(hello?.parameters).toMatchObject([
      { name: 'name', type: 'string', required: true, help: 'Who is greeted.' },
      { name: 'times', type: 'integer', required: false, default: 2 },
      { name: 'rate', type: 'integer', required: false, default: 19 },
    ])
    expect(items.map((one) => one.name)).toEqual(expect.arrayContaining(['blocking', 'fails', 'refuses']))
  })

  test('gives its result, and its log in order', async () => {
    const { result, execution_id: id } = await server().execute('hello', { name: 'Ada' })
    expect(result).toEqual({ greeting: 'Hello Ada Hello Ada', rate: 19, organization: 'Provider' })
    const items = await logsOf(id)
    expect(items.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info greeting Ada',
      'info printed',
      'warning done',
    ])
  })

  test('is called by the place of its function, too', async () => {
    expect((await server().execute('hello.py::blocking', { seconds: 0 })).result).toBe('slept')
    await expect(server().execute('hello.py::rate_of', {})).rejects.toMatchObject({ status: 404 })
    await expect(server().execute('other.py::hello', {})).rejects.toMatchObject({ status: 404 })
  })

  test('that fails says where, in lines of its author', async () => {
    const { execution_id: id } = await server().execute('fails', {})
    const { status, error } = await executionOf(id)
    expect(status).toBe('FAILED')
    expect(error).toMatchObject({
      type: 'ValueError',
      message: 'no rate of FR: 0',
      source: {
        path: 'hello.py',
        line: 35,
        text: '    raise ValueError(f"no rate of {country}: {rate}")',
      },
    })
    expect(error?.stack).not.toMatch(/_runtime|asyncio/)
  })

  test('refuses its person with a text for them', async () => {
    const { execution_id: id } = await server().execute('refuses', {})
    expect((await executionOf(id)).error).toMatchObject({
      type: 'UserError',
      message: 'This customer is closed.',
    })
  })

  test('that blocks is cancelled', async () => {
    const { items } = await server().api(routes.listWorkflows, { query: {} })
    const id = items.find((one) => one.name === 'blocking')?.id ?? ''
    const { execution_id } = await server().api(routes.runWorkflow, {
      params: { id },
      body: { input: { seconds: 600 } },
    })
    await until('the run begins', async () => (await logsOf(execution_id)).length === 1)
    await server().api(routes.cancelExecution, { params: { id: execution_id } })
    await until('the run ends', async () => (await executionOf(execution_id)).status === 'CANCELLED')
    // The next run of the same code is none the wiser.
    expect((await server().execute('blocking', { seconds: 0 })).result).toBe('slept')
  })

  test('that cannot be loaded says what is missing, and disturbs no other', async () => {
    const { execution_id: id } = await server().execute('needs', {})
    expect((await executionOf(id)).error?.message).toContain('no_such_package')
    expect((await server().execute('blocking', { seconds: 0 })).result).toBe('slept')
  })

  test('is also a piece of code that is sent with the call', async () => {
    const answer = await server().api(routes.executeCode, {
      body: {
        language: 'python',
        code: 'from billing.rates import rate_of\nprint("inline")\nreturn {"rate": rate_of(input["country"])}',
        input: { country: 'DE' },
      },
    })
    expect(answer).toMatchObject({ status: 'SUCCESS', result: { rate: 19 } })
  })
})
