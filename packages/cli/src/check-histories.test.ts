import { routes } from '@bifrost/contract'
import { expect, test, vi } from 'vitest'
import { useServer } from '../../server/src/testing/server.ts'
import { runProgram } from './main.ts'

const order = (step: string) => `import { sleep, step, workflow } from 'bifrost'
export const order = workflow(async () => { await step('${step}', () => 1); await sleep('1 hour') })
`
const server = useServer({ files: { 'order.ts': order('pay') } })

async function check(...args: string[]): Promise<{ code: number; output: string }> {
  let output = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text)
    return true
  })
  try {
    const code = await runProgram([
      'check',
      '--histories',
      '--url',
      server().url,
      '--api-key',
      server().admin.apiKey,
      ...args,
    ])
    return { code, output }
  } finally {
    write.mockRestore()
  }
}

test('bifrost check --histories names the runs that would break, with both names, and ends with 1', async () => {
  expect(await check()).toEqual({ code: 0, output: '0 histories checked, all fit the code\n' })
  const id = await server().run('order')
  await server().reaches(id, (status) => status === 'SUSPENDED')
  expect(await check('--workflow', 'order')).toEqual({
    code: 0,
    output: '1 history checked, all fit the code\n',
  })

  server().write('order.ts', order('charge'))
  const { code, output } = await check()
  expect(code).toBe(1)
  expect(output).toContain(
    `order ${id} (suspended): its history has "pay#1" where the code asks for "charge#1"`,
  )
  const { output: json } = await check('--json')
  expect(JSON.parse(json)).toMatchObject({
    ok: false,
    left: 0,
    items: [{ outcome: 'breaks', asked: 'charge#1' }],
  })

  await server().api(routes.cancelExecution, { params: { id } })
  expect((await check()).code).toBe(0)
  expect((await check('--ended', '5')).code).toBe(1)
  expect((await check('--ended', 'many')).code).toBe(2)
})
