import { type FileRef, type FormField, limits, pathOf, type Route, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../platform/tokens.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const files = {
  'contact.ts': `
import { context, files, type FileRef, workflow } from 'bifrost'
export const contact = workflow({ executionMode: 'sync' }, async (name: string, letter: FileRef | null = null) => ({
  hello: name, letter: letter && await files.read(letter), who: context.userId, org: context.orgId,
}))
export const opening = workflow(async () => ({ greeting: 'hi' }))
`,
  'providers.ts': `
import { dataProvider } from 'bifrost'
export const topics = dataProvider(async (area: string) => [{ label: area, value: area }])
`,
}
const server = useServer({ files, config: { trustedProxies: ['loopback'] } })
const admin = () => server().admin
let stranger: TestPerson
beforeAll(async () => {
  stranger = await server().person('org_admin', await server().organization('Elsewhere'))
})

const fields: FormField[] = [
  { name: 'name', type: 'text', label: 'Name', required: true },
  {
    name: 'topic',
    type: 'select',
    label: 'Topic',
    provider: { id: 'topics', inputs: { area: { expression: "'about ' + fields.name" } } },
  },
  { name: 'letter', type: 'file', label: 'Letter', validation: { max: 20 } },
]
let count = 0
// Each visitor has an address of its own, so that the limits of one test are none of another.
let visitors = 0
const visitor = () => `10.${++visitors >> 8}.${visitors & 255}.7`

async function publish(link: Record<string, unknown> = {}, form: Record<string, unknown> = {}) {
  const made = await admin().api(routes.createForm, {
    body: { name: `Public ${++count}`, workflow: 'contact', fields, texts: { success: 'Thanks!' }, ...form },
  })
  const { token, path, id } = await admin().api(routes.createFormLink, {
    params: { id: made.id },
    body: link,
  })
  return { form: made, token, path, id }
}

async function ask(route: Route, params: Record<string, string>, body?: unknown, from = visitor()) {
  const answer = await server().anonymous(pathOf(route, params), {
    method: route.method,
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, answer }
}
const look = (token: string, from?: string) => ask(routes.getPublicForm, { token }, undefined, from)
const submitBody = (token: string, body: unknown, from?: string) =>
  ask(routes.submitPublicForm, { token }, body, from)
const submit = (token: string, given: Record<string, unknown>, from?: string) =>
  submitBody(token, { fields: given }, from)
const options = (token: string, field: string, body: unknown) =>
  ask(routes.getPublicFormOptions, { token, field }, body)
const upload = async (token: string, name: string, content: string, field = 'letter') => {
  const answer = await server().anonymous(pathOf(routes.uploadPublicFormFile, { token, field }, { name }), {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'x-forwarded-for': visitor() },
    body: content,
  })
  return { status: answer.status, file: (await answer.json()) as FileRef }
}

describe('a public link', () => {
  test('shows the form and nothing else of the installation, and its token is kept as a hash', async () => {
    const { token, path, form } = await publish()
    expect(path).toBe(`/f/${token}`)
    const { status, body } = await look(token)
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['description', 'fields', 'launches', 'name', 'texts'])
    expect(JSON.stringify(body)).not.toContain('topics')
    for (const secret of [form.id, form.workflow.id, form.workflow.name, admin().orgId || 'no org'])
      expect(JSON.stringify(body)).not.toContain(secret)
    expect(body).toMatchObject({ fields: [{ loads: null }, { name: 'topic', loads: ['name'] }, {}] })
    const [row] = await server().db.query<{ token_hash: Buffer }>(
      'select token_hash from form_links where form_id = $1',
      [form.id],
    )
    expect(row?.token_hash).toEqual(hashToken(token))
    const { items } = await admin().api(routes.listFormLinks, { params: { id: form.id } })
    expect(JSON.stringify(items)).not.toContain(token)
  })

  test('submits as no person of its organization; the answer is the text, not the result', async () => {
    const { token, form } = await publish()
    const { status, body } = await submit(token, { name: 'Eve' })
    expect({ status, body }).toEqual({ status: 200, body: { message: 'Thanks!' } })
    const run = await until('the run ends', async () => {
      const { items } = await admin().api(routes.listExecutions, { query: { form: form.id } })
      const [item] = items
      return item?.status === 'SUCCESS' ? admin().api(routes.getExecution, { params: { id: item.id } }) : null
    })
    expect(run).toMatchObject({
      trigger: 'form',
      started_by: null,
      org_id: await server().providerId(),
      result: { hello: 'Eve', who: null, org: await server().providerId() },
    })
  })

  test('shows the result where it says so', async () => {
    const { token } = await publish({ show_result: true })
    expect((await submit(token, { name: 'Eve' })).body).toMatchObject({ result: { hello: 'Eve' } })
  })

  test('what is wrong is named; what came through none of our forms is not taken', async () => {
    const { token } = await publish()
    const { status, body } = await submit(token, { other: 1 })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      error: {
        details: [
          { field: 'other', message: 'is not a field of this form' },
          { field: 'name', message: 'is required' },
        ],
      },
    })
    const extra = await submitBody(token, {
      fields: { name: 'x' },
      scheduled_at: '2030-01-01T00:00:00Z',
    })
    expect(extra.status).toBe(422)
    const large = await submit(token, { name: 'x'.repeat(limits.formBodyBytesMax) })
    expect(large.status).toBe(413)
  })

  test('options come from the provider of the field alone', async () => {
    const { token } = await publish()
    const topics = await options(token, 'topic', { fields: { name: 'trains' }, provider: 'x' })
    expect(topics.body).toEqual({ items: [{ label: 'about trains', value: 'about trains' }] })
    expect((await options(token, 'name', {})).status).toBe(404)
  })

  test('unknown, switched off, expired and used up all answer the same', async () => {
    const gone = { status: 404, message: 'This link is invalid or no longer works.' }
    const said = async (token: string) => {
      const { status, body } = await look(token)
      return { status, message: (body['error'] as { message: string } | undefined)?.message }
    }
    expect(await said(`bff_${'x'.repeat(43)}`)).toEqual(gone)

    const once = await publish({ submissions_max: 1 })
    expect((await submit(once.token, { wrong: true })).status).toBe(422)
    expect((await submit(once.token, { name: 'first' })).status).toBe(200)
    expect((await submit(once.token, { name: 'second' })).status).toBe(404)
    expect(await said(once.token)).toEqual(gone)

    const change = (link: Awaited<ReturnType<typeof publish>>, body: Record<string, unknown>) =>
      admin().api(routes.updateFormLink, { params: { id: link.form.id, link_id: link.id }, body })
    const off = await publish()
    await change(off, { is_active: false })
    expect(await said(off.token)).toEqual(gone)
    await change(off, { is_active: true })
    expect((await said(off.token)).status).toBe(200)

    const expired = await publish({ expires_at: new Date(Date.now() + 60_000).toISOString() })
    await server().db.query(`update form_links set expires_at = now() where id = $1`, [expired.id])
    expect(await said(expired.token)).toEqual(gone)
    await expect(change(expired, { expires_at: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({
      status: 422,
    })

    const formOff = await publish()
    await admin().api(routes.updateForm, { params: { id: formOff.form.id }, body: { is_active: false } })
    expect(await said(formOff.token)).toEqual(gone)

    const deleted = await publish()
    await admin().api(routes.deleteFormLink, { params: { id: deleted.form.id, link_id: deleted.id } })
    expect(await said(deleted.token)).toEqual(gone)
  })

  test('many at once submit no more often than the link allows', async () => {
    const { token, form } = await publish({ submissions_max: 3 })
    const answers = await Promise.all(Array.from({ length: 8 }, () => submit(token, { name: 'x' })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    const { items } = await admin().api(routes.listFormLinks, { params: { id: form.id } })
    expect(items[0]?.submissions).toBe(3)
  })

  test('one address may submit so often in a minute, and is told when it may again', async () => {
    const { token } = await publish()
    const from = visitor()
    const answers = []
    for (let at = 0; at <= limits.formSubmissionsPerMinuteMax; at += 1)
      answers.push(await submit(token, { name: 'x' }, from))
    expect(answers.at(-2)?.status).toBe(200)
    expect(answers.at(-1)?.status).toBe(429)
    expect(Number(answers.at(-1)?.answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await submit(token, { name: 'x' })).status).toBe(200)
  })

  test('guessing tokens is slowed down, too', async () => {
    const from = visitor()
    const answers = []
    for (let at = 0; at <= limits.formRequestsPerMinuteMax; at += 1)
      answers.push((await look(`bff_${String(at).padStart(43, 'x')}`, from)).status)
    expect(answers.at(-2)).toBe(404)
    expect(answers.at(-1)).toBe(429)
  })
})

describe('files through a link', () => {
  test('are taken for a file field, up to its size, and only by the link they came through', async () => {
    const { token } = await publish({ show_result: true })
    const { status, file } = await upload(token, '../../a letter.txt', 'dear all')
    expect(status).toBe(201)
    expect((await submit(token, { name: 'Eve', letter: file })).body).toMatchObject({
      result: { letter: 'dear all' },
    })
    const other = await publish()
    expect((await submit(other.token, { name: 'Eve', letter: file })).status).toBe(422)
    expect((await upload(token, 'a.txt', 'x', 'name')).status).toBe(404)
  })

  test('one that is too large is refused', async () => {
    const { token } = await publish()
    expect((await upload(token, 'a.txt', 'x'.repeat(21))).status).toBe(413)
  })
})

describe('launching through a link', () => {
  test('gives a handle for this link', async () => {
    const launching = { launch_workflow: 'opening' }
    const one = await publish({}, launching)
    const two = await publish({}, launching)
    const opened = await ask(routes.startPublicForm, { token: one.token })
    expect(opened.body).toMatchObject({ result: { greeting: 'hi' } })
    const body = { fields: { name: 'x' }, startup_handle: opened.body['handle'] }
    expect((await submitBody(two.token, body)).status).toBe(422)
    expect((await submitBody(one.token, body)).status).toBe(200)
    expect((await submit(one.token, { name: 'x' })).status).toBe(422)
  })
})

describe('links of another organization', () => {
  test('are seen and changed by no one else; a global form has links of each', async () => {
    const { form, id } = await publish()
    const params = { id: form.id, link_id: id }
    const refused = { status: 404 }
    await expect(stranger.api(routes.listFormLinks, { params })).rejects.toMatchObject(refused)
    await expect(stranger.api(routes.deleteFormLink, { params })).rejects.toMatchObject(refused)
    const globally = (path: string, body: unknown) =>
      admin().fetch(path, {
        method: 'POST',
        headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const made = await globally('/api/forms', { name: 'Global', workflow: 'contact', fields })
    const shared = (await made.json()) as { id: string }
    expect((await globally(`/api/forms/${shared.id}/links`, {})).status).toBe(409)
    const theirs = await stranger.api(routes.createFormLink, { params: { id: shared.id }, body: {} })
    expect(theirs.org_id).toBe(stranger.orgId)
    expect((await admin().api(routes.listFormLinks, { params: { id: shared.id } })).items).toEqual([])
    await expect(
      admin().api(routes.updateFormLink, {
        params: { id: shared.id, link_id: theirs.id },
        body: { is_active: false },
      }),
    ).rejects.toMatchObject(refused)
    await submit(theirs.token, { name: 'Eve' })
    const { items } = await stranger.api(routes.listExecutions, { query: { form: shared.id } })
    expect(items.map((item) => item.org_id)).toEqual([stranger.orgId])
  })
})
