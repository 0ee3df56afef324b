import { routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { pythonFor } from '../../testing/python.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const python = await pythonFor('Running Python of organizations')

const server = useServer({
  files: {
    'modules/tools.py': 'WHO = "everybody"\nLIMIT = 1\n',
    'modules/rest.py': 'from modules import tools\nREST = f"rest of {tools.WHO}"\n',
    'everything.py': 'ALL = 9\n',
    'closed/other.py': 'OTHER = 1\n',
    'names/__init__.py': 'LATER = 3\nown = "not this"\n',
    'json.py': 'raise ValueError("not the standard library")\n',
    'everybodys.py':
      'from modules import tools\n@workflow\nasync def everybodys(limit: int = tools.LIMIT):\n    return tools.WHO\n',
    'organizations/acme/modules/tools.py': 'WHO = "acme"\nLIMIT = 7\nseen = []\n',
    'organizations/acme/modules/deep/part.py': 'from .. import tools\nfrom modules.tools import seen\n',
    'organizations/acme/closed/__init__.py': '',
    'organizations/acme/names/own.py': 'OWN = "own"\n',
    'organizations/acme/json.py': 'raise ValueError("not the standard library")\n',
    'organizations/acme/flows/job.py': `
import importlib
import json
import modules.deep.part
import modules.rest as rest
from modules import rest as same, tools
from modules.deep.part import seen
from modules.tools import LIMIT
from names import *
from names import LATER, own
from everything import *
from organizations.acme.modules import tools as by_path


@workflow
async def job(limit: int = LIMIT, later: int = LATER, all: int = ALL):
    return {
        "who": tools.WHO,
        "rest": rest.REST,
        "own": [own.OWN, ALL],
        "once": [tools is by_path, tools is modules.deep.part.tools, seen is tools.seen, rest is same],
        "names": [tools.__name__, rest.__name__, json.dumps(1)],
        "from the root": importlib.import_module("modules.tools").WHO,
    }


@workflow
async def hidden():
    import closed.other
`,
    'organizations/beta/flows/job.py': `
from modules import tools

@workflow
async def job(limit: int = tools.LIMIT):
    return tools.WHO


@workflow
async def foreign():
    from modules.deep import part
`,
  },
})

let acme: TestPerson
let beta: TestPerson
beforeAll(async () => {
  const [a, b] = await Promise.all(['Acme', 'Beta'].map((name) => server().organization(name)))
  acme = await server().person('developer', a)
  beta = await server().person('developer', b)
})

const defaults = async (person: TestPerson, id: string) => {
  const { parameters } = await person.api(routes.getWorkflow, { params: { id } })
  return parameters.map((one) => one.default)
}
const run = (person: TestPerson, id: string) =>
  person.api(routes.executeWorkflow, { params: { id }, body: {} })

describe.skipIf(python === null)("imports in an organization's folder", () => {
  test('find its own modules first, then those of everybody, each of them once', async () => {
    expect(await defaults(acme, 'job')).toEqual([7, 3, 9])
    expect(await run(acme, 'job')).toMatchObject({
      status: 'SUCCESS',
      result: {
        who: 'acme',
        rest: 'rest of everybody',
        own: ['own', 9],
        once: [true, true, true, true],
        names: ['organizations.acme.modules.tools', 'modules.rest', '1'],
        'from the root': 'everybody',
      },
    })
  })

  test('find nothing of everybody in a folder that its __init__.py makes a package of its own', async () => {
    const { error } = await run(acme, 'hidden')
    expect(error?.type).toBe('ModuleNotFoundError')
    const { warnings } = await acme.api(routes.getWorkflow, { params: { id: 'hidden' } })
    expect(warnings.map(({ line }) => line)).toEqual([29])
  })

  test('find nothing of another organization', async () => {
    expect(await defaults(beta, 'job')).toEqual([1])
    expect(await run(beta, 'job')).toMatchObject({ status: 'SUCCESS', result: 'everybody' })
    expect((await run(beta, 'foreign')).error?.type).toBe('ModuleNotFoundError')
  })

  test("mean everybody's in everybody's files, also in a run of an organization", async () => {
    expect(await defaults(acme, 'everybodys')).toEqual([1])
    expect(await run(acme, 'everybodys')).toMatchObject({ status: 'SUCCESS', result: 'everybody' })
  })
  test('find a module of its own as soon as it is there, and that of everybody when it is gone', async () => {
    server().write('organizations/beta/modules/tools.py', 'WHO = "beta"\nLIMIT = 5\n')
    await until('the module is read', async () => (await defaults(beta, 'job'))[0] === 5)
    expect((await run(beta, 'job')).result).toBe('beta')
    expect((await run(beta, 'everybodys')).result).toBe('everybody')
    server().remove('organizations/beta/modules')
    await until('the module is gone', async () => (await defaults(beta, 'job'))[0] === 1)
    expect((await run(beta, 'job')).result).toBe('everybody')
  })
})
