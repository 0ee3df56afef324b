import { pathOf, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const component = (text: string) =>
  `import { useScreen } from 'bifrost/screen'\nexport default function Review() {\n  return <p>{${JSON.stringify(text)}} {String(useScreen().title)}</p>\n}\n`

const server = useServer({
  files: {
    'review.ts': `import { screen, workflow } from 'bifrost'
export const review = workflow(async () =>
  screen('review', { component: './review.tsx', props: { a: 1 }, output: { ok: 'boolean' }, assignee: { role: 'developer' } }))
export const anything = workflow(async () => screen('any', { component: './review.tsx' }))
`,
    'review.tsx': component('the first </script><script>alert(1)</script> look'),
  },
})

const taskOf = (execution: string) =>
  until('the run asks', async () => (await server().api(routes.listTasks, { query: { execution } })).items[0])
const page = async (id: string, fetch = server().fetch.bind(server())) => {
  const response = await fetch(pathOf(routes.getTaskScreen, { id }))
  return { status: response.status, headers: response.headers, html: await response.text() }
}

test('is a page on an opaque origin whose scripts are those that the policy names, and nothing else', async () => {
  const id = await server().run('review')
  const task = await taskOf(id)
  const { status, headers, html } = await page(task.id)
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toMatch(/script-src 'sha256-[^']+' 'sha256-[^']+';/)
  expect(policy).toContain('sandbox allow-scripts')
  expect(policy).not.toMatch(/unsafe-eval|allow-same-origin|script-src[^;]*unsafe/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(html.match(/<\/script>/g)).toHaveLength(2)
  // What the run gave is not in the page: it comes by message, when the page around it asks.
  expect(html).not.toContain('"a":1')
})

test('a run shows the screen of the code that it began with, whatever was saved since', async () => {
  const id = await server().run('review')
  const task = await taskOf(id)
  server().write('review.tsx', component('the second look'))
  const later = await taskOf(await server().run('review'))
  expect((await page(task.id)).html).toContain('the first')
  expect((await page(later.id)).html).toContain('the second look')
  await server().restart()
  expect((await page(task.id)).html).toContain('the first')
  expect((await server().api(routes.getTask, { params: { id: task.id } })).component).toBe('review.tsx')
})

test('is for everyone who may see the task, and is not there for a form', async () => {
  const task = await taskOf(await server().run('review'))
  const [member, developer, stranger] = [
    await server().person('member'),
    await server().person('developer'),
    await server().person('org_admin', await server().organization()),
  ]
  expect((await page(task.id, developer.fetch)).status).toBe(200)
  expect((await page(task.id, member.fetch)).status).toBe(404)
  expect((await page(task.id, stranger.fetch)).status).toBe(404)
  expect((await server().anonymous(`/api/tasks/${task.id}/screen`)).status).toBe(401)
})

test('its answer is checked against the output; without one any JSON is an answer', async () => {
  const id = await server().run('review')
  const { id: task } = await taskOf(id)
  const answer = (output: unknown) =>
    server().api(routes.completeTask, { params: { id: task }, body: { output: output as never } })
  await expect(answer({ ok: 'yes' })).rejects.toMatchObject({ status: 422 })
  await answer({ ok: true })
  expect((await server().ended(id)).result).toEqual({ ok: true })

  for (const output of [null, false, 0, '', [], { deep: [1] }]) {
    const run = await server().run('anything')
    await server().api(routes.completeTask, {
      params: { id: (await taskOf(run)).id },
      body: { output: output as never },
    })
    expect(await server().ended(run)).toMatchObject({ status: 'SUCCESS', result: output })
  }
})

test('a component that is not there stops the run before it begins, with the place', async () => {
  server().write(
    'lost.ts',
    `import { screen, workflow } from 'bifrost'\nexport const lost = workflow(async () => screen('x', { component: './lost.tsx' }))\n`,
  )
  await expect(server().run('lost')).rejects.toMatchObject({
    code: 'workflow_broken',
    details: { path: 'lost.ts', line: 2, message: expect.stringContaining('There is no file "./lost.tsx"') },
  })
})
