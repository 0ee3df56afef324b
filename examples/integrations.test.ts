import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routes } from '@bifrost/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

// The example that imports people, for two customers with one workflow.

const server = useServer({ config: { workspaceDir: copyOfExamples(), egressAllow: ['127.0.0.1'] } })

let directory: Server
let base = ''
let asked: string[] = []
beforeAll(async () => {
  const people: Record<string, { id: string; name: string; department: string }[]> = {
    'key-of-contoso': ['Ada', 'Alan', 'Grace'].map((name) => ({ id: name, name, department: 'it' })),
    'key-of-fabrikam': [{ id: 'Luca', name: 'Luca', department: 'finance' }],
  }
  directory = createServer((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const url = new URL(request.url ?? '', 'http://directory')
    asked.push(`${key} ${url.pathname}${url.search}`)
    const all = people[key]
    const from = Number(url.searchParams.get('from') ?? 0)
    response.writeHead(all ? 200 : 403, { 'content-type': 'application/json' }).end(
      JSON.stringify(
        all && {
          people: all.slice(from, from + 2),
          next: from + 2 < all.length ? `/people?from=${from + 2}` : null,
        },
      ) ?? '{}',
    )
  })
  await new Promise<void>((resolve) => directory.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(directory.address() as AddressInfo).port}`
})
afterAll(() => {
  directory.closeAllConnections()
  directory.close()
})

test('importPeople: each customer gets the people of their own directory', async () => {
  const contoso = await server().person('org_admin', await server().organization('Contoso'))
  const fabrikam = await server().person('org_admin', await server().organization('Fabrikam'))
  const defined = await server().fetch('/api/integrations', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'bifrost-scope': 'global' },
    body: JSON.stringify({
      name: 'People directory',
      base_url: base,
      auth: 'bearer',
      config_fields: [{ name: 'department', type: 'string' }],
    }),
  })
  const { id } = (await defined.json()) as { id: string }
  const run = async (person: typeof contoso) =>
    person.api(routes.executeWorkflow, { params: { id: 'importPeople' }, body: {} })
  expect(await run(contoso)).toMatchObject({ status: 'FAILED' })

  const set = (person: typeof contoso, token: string, department?: string) =>
    person.api(routes.configureIntegration, {
      params: { id },
      body: { credentials: { token }, ...(department ? { config: { department } } : {}) },
    })
  await set(contoso, 'key-of-contoso')
  await set(fabrikam, 'key-of-fabrikam', 'finance')
  asked = []
  expect(await run(contoso)).toMatchObject({ status: 'SUCCESS', result: { count: 3 } })
  expect(await run(fabrikam)).toMatchObject({ status: 'SUCCESS', result: { count: 1 } })
  expect(asked).toEqual([
    'key-of-contoso /people',
    'key-of-contoso /people?from=2',
    'key-of-fabrikam /people?department=finance',
  ])
  await set(contoso, 'unknown-key')
  expect(await run(contoso)).toMatchObject({
    status: 'FAILED',
    error: { message: expect.stringContaining('grants people.read') },
  })
})
