import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../testing/python.ts'
import { useServer } from '../../testing/server.ts'

const python = await pythonFor('The context of Python runs')

const server = useServer({
  files: {
    'acts.py': `from bifrost import config, context, workflow


@workflow
async def acts(scope: str, waits: bool):
    try:
        asked = context.set_scope(scope)
        if waits:
            await asked
        return [context.org_id != scope, await config.get("region")]
    except PermissionError:
        return "refused"
`,
  },
})

describe.skipIf(python === null)('a run in Python that asks to act for another organization', () => {
  test.each([true, false])('is answered for that one, and stays what it is (awaited: %s)', async (waits) => {
    const contoso = await server().organization(`Contoso ${waits}`)
    const stranger = await server().person('org_admin', await server().organization(`Fabrikam ${waits}`))
    await (await server().person('org_admin', contoso)).api(routes.setConfig, {
      params: { key: 'region' },
      body: { value: 'eu' },
    })
    expect((await server().execute('acts', { scope: contoso, waits })).result).toEqual([true, 'eu'])
    const refused = await stranger.api(routes.executeWorkflow, {
      params: { id: 'acts' },
      body: { input: { scope: contoso, waits } },
    })
    expect(refused.result).toBe('refused')
  })
})
