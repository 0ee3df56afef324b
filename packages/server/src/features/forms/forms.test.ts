import { type FileRef, type FormField, optionNeeds, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { ADMIN, type TestPerson, until, useServer } from '../../testing/server.ts'

const files = {
  'onboard.ts': `
import { context, type FileRef, type Int, workflow } from 'bifrost'
export const onboard = workflow({ executionMode: 'sync' }, async (
  name: string, email: string | null = null, seats: Int = 1, price: number = 0, plan: string | null = null,
  tags: string[] | null = null, active: boolean = false, notes: string | null = null, start: Date | null = null,
  contract: FileRef | null = null,
) => ({
  name, email, seats, price, plan, tags, active, notes, start: start && start.toISOString(), contract,
  form: context.form,
}))
export const quiet = workflow(async (name: string) => 'hello ' + name)
export const launch = workflow(async (region: string = 'none') => {
  if (region === 'closed') throw new Error('closed today')
  return { mail: 'ada@example.com', plan: 'big', region }
})
`,
  'providers.ts': `
import { dataProvider } from 'bifrost'
let calls = 0
export const countries = dataProvider({ cacheTtlSeconds: 300 }, async () => [
  { label: 'Germany', value: 'DE' }, { label: 'Austria', value: 'AT' },
])
export const cities = dataProvider({ cacheTtlSeconds: 300 }, async (country: string, word: string = '') =>
  (country === 'DE' ? ['Berlin', 'Bonn'] : ['Wien']).map((name) => ({ label: name, value: name + word, description: country })))
export const counted = dataProvider({ cacheTtlSeconds: 0 }, async () => [{ label: 'n', value: ++calls }])
export const secretList = dataProvider(async () => [{ label: 'secret', value: 'secret' }])
export const broken = dataProvider(async () => [{ label: '', value: 'x' }])
`,
}
const server = useServer({ files })
const admin = () => server().admin
let member: TestPerson
let developer: TestPerson
beforeAll(async () => {
  member = await server().person('member')
  developer = await server().person('developer')
})

const field = (name: string, type: FormField['type'], more: Partial<FormField> = {}): FormField => ({
  name,
  type,
  label: name,
  ...more,
})
let count = 0
const create = (fields: FormField[], more: Record<string, unknown> = {}, by: TestPerson = admin()) =>
  by.api(routes.createForm, {
    body: { name: `Form ${++count}`, workflow: 'quiet', fields, ...more },
  })
const submit = (
  id: string,
  fields: Record<string, unknown>,
  more: Record<string, unknown> = {},
  by = member,
) => by.api(routes.submitForm, { params: { id }, body: { fields: fields as never, ...more } })
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'went through',
    (error: { status: number; details: unknown }) => ({ status: error.status, details: error.details }),
  )
const status = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { status: number }) => error.status,
  )

describe('48: what a form is', () => {
  test('an unknown workflow or provider, a field without what it needs, and too many are refused', async () => {
    expect(await status(create([], { workflow: 'unknown' }))).toBe(422)
    expect(await status(create([], { workflow: 'countries' }))).toBe(422)
    expect(await refusal(create([field('a', 'select', { provider: { id: newId() } })]))).toMatchObject({
      status: 422,
      details: [{ field: 'fields.0.provider.id' }],
    })
    expect(await status(create([field('a', 'select', { provider: { id: 'quiet' } })]))).toBe(422)
    expect(await refusal(create([field('a', 'select', { provider: { id: 'cities' } })]))).toMatchObject({
      details: [{ field: 'fields.0.provider.inputs.country', message: 'is required' }],
    })
    for (const broken of [
      { type: 'text', label: 'A' },
      { name: 'a', label: 'A' },
      { name: 'a', type: 'text' },
    ])
      expect(await status(create([broken as never]))).toBe(422)
    expect(await status(create([{ name: 'a', type: 'markdown' }]))).toBe(422)
    expect(await status(create([{ name: 'a', type: 'html', content: '<b>x</b>' }]))).toBe(200)
    expect(await status(create(Array.from({ length: 51 }, (_, at) => field(`f${at}`, 'text'))))).toBe(422)
    expect(await status(create([field('a', 'text'), field('a', 'text')]))).toBe(422)
    expect(await status(create([field('__proto__', 'text')]))).toBe(422)
    expect(await refusal(create([field('a', 'text', { validation: { pattern: '(a)\\1' } })]))).toMatchObject({
      details: [{ field: 'fields.0.validation.pattern' }],
    })
  })

  test('a default of several choices may be a text with commas', async () => {
    const options = ['a', 'b'].map((value) => ({ label: value, value }))
    const form = await create([field('a', 'multi_select', { options, default: 'a, b,,' })])
    expect(form.fields[0]?.default).toEqual(['a', 'b'])
  })

  test('an option may be its value alone, which is then its label', async () => {
    const options = ['basic', { label: 'Business', value: 'business' }, 3]
    const form = await create([field('plan', 'select', { options } as never)])
    expect(form.fields[0]?.options).toEqual([
      { label: 'basic', value: 'basic' },
      { label: 'Business', value: 'business' },
      { label: '3', value: 3 },
    ])
    const changed = await admin().api(routes.updateForm, {
      params: { id: form.id },
      body: { fields: [field('plan', 'radio', { options: ['only'] } as never)] },
    })
    expect(changed.fields[0]?.options).toEqual([{ label: 'only', value: 'only' }])
  })

  test('it says what will go wrong: what the workflow needs and nothing gives', async () => {
    const form = await create([field('other', 'text')])
    expect(form.problems).toEqual(['The workflow needs "name", and the form does not provide it.'])
    const corrected = await admin().api(routes.updateForm, {
      params: { id: form.id },
      body: { inputs: { name: 'x' } },
    })
    expect(corrected.problems).toEqual([])
  })

  test('a workflow or a data provider that a form uses is not deleted, and the refusal says by what', async () => {
    server().write(
      'alone.ts',
      "import { workflow } from 'bifrost'\nexport const alone = workflow(async () => 1)\n",
    )
    const form = await create([], { workflow: 'alone' })
    const refused = admin().api(routes.deleteWorkflow, { params: { id: 'alone' } })
    await expect(refused).rejects.toMatchObject({
      status: 409,
      message: `alone is used by the form "${form.name}".`,
    })
    await admin().api(routes.deleteForm, { params: { id: form.id } })
    await admin().api(routes.deleteWorkflow, { params: { id: 'alone' } })
    const provided = await create([field('a', 'select', { provider: { id: 'secretList' } })])
    await expect(admin().api(routes.deleteWorkflow, { params: { id: 'secretList' } })).rejects.toMatchObject({
      status: 409,
      message: `secretList is used by the form "${provided.name}".`,
    })
  })

  test('an older version than the present one changes nothing; a name belongs to one form', async () => {
    const form = await create([])
    const change = (body: Record<string, unknown>) =>
      status(admin().api(routes.updateForm, { params: { id: form.id }, body }))
    expect(await change({ description: 'one', version: form.version })).toBe(200)
    expect(await change({ description: 'two', version: form.version })).toBe(409)
    const other = await create([])
    expect(await change({ name: other.name.toUpperCase() })).toBe(409)
  })
})

describe('49, 50: what arrives', () => {
  const options = ['small', 'big'].map((value) => ({ label: value, value }))
  const fields: FormField[] = [
    field('name', 'text', {
      required: true,
      validation: { pattern: '[A-Z][a-z]+', pattern_message: 'begins large' },
    }),
    field('email', 'email'),
    field('seats', 'number', { integer: true }),
    field('price', 'number'),
    field('plan', 'select', { options }),
    field('tags', 'multi_select', { options }),
    field('active', 'checkbox'),
    field('notes', 'textarea', { visible_if: "fields.plan == 'big'", required: true }),
    field('start', 'datetime'),
    field('contract', 'file', { accept: ['.txt'], validation: { max: 5 } }),
    field('reason', 'radio', { options }),
    { name: 'intro', type: 'markdown', content: '# Hello' },
  ]

  test('49: each value has its type at the workflow; what no parameter names is in the context', async () => {
    const form = await create(fields, { workflow: 'onboard', inputs: { price: 9.5 } })
    const file = await member.fetch('/api/files/upload?name=a.txt', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: 'hello',
    })
    const contract = (await file.json()) as FileRef
    const { execution_id } = await submit(form.id, {
      name: 'Ada',
      email: 'ada@example.com',
      seats: 3,
      price: 2.5,
      plan: 'big',
      tags: 'small',
      active: true,
      notes: 'a\nb',
      start: '2026-03-01T09:00:00Z',
      contract: { ...contract, size: 1 },
      reason: 'small',
    })
    const run = await server().ended(execution_id)
    expect(run.result).toMatchObject({
      name: 'Ada',
      seats: 3,
      price: 2.5,
      plan: 'big',
      tags: ['small'],
      active: true,
      notes: 'a\nb',
      start: '2026-03-01T09:00:00.000Z',
      form: { id: form.id, name: form.name, answers: { reason: 'small' }, startup: null },
    })
    expect(run).toMatchObject({ trigger: 'form', form: { id: form.id, name: form.name } })
    expect(run.input).toMatchObject({ contract: { size: 5 } })
    expect(run.input).not.toHaveProperty('reason')
    const { items } = await member.api(routes.listExecutions, { query: { form: form.id } })
    expect(items.map((item) => item.id)).toEqual([execution_id])
    const again = await admin().api(routes.rerunExecution, { params: { id: execution_id }, body: {} })
    expect((await server().ended(again.execution_id)).result).toMatchObject({
      form: { answers: { reason: 'small' } },
    })
  })

  test('49: what is optional and not there is null', async () => {
    const form = await create(fields, { workflow: 'onboard' })
    const { execution_id } = await submit(form.id, { name: 'Ada', email: '', plan: 'small', seats: null })
    expect((await server().ended(execution_id)).result).toMatchObject({
      email: null,
      tags: null,
      seats: 1,
      form: { answers: { email: null, seats: null } },
    })
  })

  test('50: every wrong field is named; a hidden one is neither required nor kept', async () => {
    const form = await create(fields, { workflow: 'onboard' })
    expect(
      await refusal(
        submit(form.id, { name: 'ada', seats: '3', plan: 'huge', start: 'soon', intro: 'x', extra: 1 }),
      ),
    ).toEqual({
      status: 422,
      details: [
        { field: 'intro', message: 'is for display only and takes no value' },
        { field: 'extra', message: 'is not a field of this form' },
        { field: 'name', message: 'begins large' },
        { field: 'seats', message: 'must be a number' },
        { field: 'plan', message: '"huge" is not one of the options' },
        { field: 'start', message: 'must be a valid date and time, such as 2026-01-31T09:00:00Z' },
      ],
    })
    expect(await refusal(submit(form.id, { name: 'Ada', plan: 'big' }))).toMatchObject({
      details: [{ field: 'notes', message: 'is required' }],
    })
    const { execution_id } = await submit(form.id, { name: 'Ada', plan: 'small', notes: 'hidden' })
    expect((await server().ended(execution_id)).result).toMatchObject({ notes: null })
  })

  test('50: a file is one that was uploaded here, of the right kind and size', async () => {
    const form = await create(fields, { workflow: 'onboard' })
    const upload = async (name: string, body: string) => {
      const answer = await member.fetch(`/api/files/upload?name=${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body,
      })
      return (await answer.json()) as FileRef
    }
    const forged = { id: '../../etc/passwd', name: 'a.txt', size: 1, content_type: 'text/plain' }
    for (const [contract, message] of [
      [{ ...forged, id: `${newId()}/a.txt` }, 'is not an uploaded file'],
      [await upload('a.pdf', 'x'), 'must be .txt'],
      [{ ...(await upload('a.txt', 'too long')), size: 1 }, 'must have at most 5 bytes'],
    ])
      expect(await refusal(submit(form.id, { name: 'Ada', contract }))).toEqual({
        status: 422,
        details: [{ field: 'contract', message }],
      })
    expect(await status(submit(form.id, { name: 'Ada', contract: forged }))).toBe(400)
  })
})

describe('46, 47, 51: options', () => {
  const cascade: FormField[] = [
    field('country', 'select', { provider: { id: 'countries' } }),
    field('word', 'text'),
    field('city', 'select', {
      provider: {
        id: 'cities',
        inputs: { country: { field: 'country' }, word: { expression: 'lower(fields.word)' } },
      },
    }),
    field('name', 'text', { required: true }),
  ]
  const options = (id: string, name: string, body: Record<string, unknown> = {}, by = member) =>
    by.api(routes.getFormOptions, { params: { id, field: name }, body })

  test('51: only the provider of the field runs, with the inputs that the form says', async () => {
    const form = await create(cascade)
    expect((await options(form.id, 'country')).items).toEqual([
      { label: 'Germany', value: 'DE' },
      { label: 'Austria', value: 'AT' },
    ])
    expect((await options(form.id, 'city')).items).toEqual([])
    expect((await options(form.id, 'city', { fields: { country: 'DE', word: '!X' } })).items).toEqual([
      { label: 'Berlin', value: 'Berlin!x', description: 'DE' },
      { label: 'Bonn', value: 'Bonn!x', description: 'DE' },
    ])
    const meddled = await options(form.id, 'city', {
      provider: 'secretList',
      provider_id: 'secretList',
      inputs: { country: 'AT' },
      fields: { country: 'DE', provider: 'secretList' },
    })
    expect(meddled.items.map((item) => item.label)).toEqual(['Berlin', 'Bonn'])
    expect(await status(options(form.id, 'name'))).toBe(404)
    expect(await status(options(form.id, 'unknown'))).toBe(404)
    const { items } = await server().api(routes.listExecutions, { query: { workflow: 'secretList' } })
    expect(items).toEqual([])
  })

  test('an input that shows because of another answer counts once that answer is sent', async () => {
    const form = await create([
      field('region', 'text'),
      field('country', 'select', { provider: { id: 'countries' }, visible_if: 'fields.region != null' }),
      field('city', 'select', {
        provider: { id: 'cities', inputs: { country: { field: 'country' } } },
      }),
    ])
    const shown = await member.api(routes.getForm, { params: { id: form.id } })
    const needs = optionNeeds(shown.fields, 'city')
    expect(needs).toEqual(['country', 'region'])
    const answers: Record<string, string> = { region: 'Europe', country: 'DE', unrelated: 'x' }
    const fields = Object.fromEntries(needs.map((name) => [name, answers[name] ?? null]))
    expect((await options(form.id, 'city', { fields })).items).toHaveLength(2)
    expect((await options(form.id, 'city', { fields: { ...fields, region: null } })).items).toEqual([])
  })

  test('answers under a wrong name are refused, rather than taken for none', async () => {
    const form = await create(cascade)
    expect(await refusal(options(form.id, 'city', { answers: { country: 'DE' } }))).toEqual({
      status: 422,
      details: [
        { field: 'fields', message: 'is required: the answers given so far, by the name of their field' },
      ],
    })
  })

  test('50: what a provider does not offer is refused, and a choice that its parent rules out', async () => {
    const form = await create(cascade)
    expect(await status(submit(form.id, { name: 'Ada', country: 'DE', city: 'Berlin' }))).toBe(200)
    expect(await refusal(submit(form.id, { name: 'Ada', country: 'AT', city: 'Berlin' }))).toEqual({
      status: 422,
      details: [{ field: 'city', message: '"Berlin" is not one of the options' }],
    })
  })

  test('47: the same inputs run nothing again; a time of 0 keeps nothing', async () => {
    const form = await create([
      field('kept', 'select', { provider: { id: 'cities', inputs: { country: { value: 'kept' } } } }),
      field('fresh', 'select', { provider: { id: 'counted' } }),
    ])
    const runs = async (workflow: string) =>
      (await server().api(routes.listExecutions, { query: { workflow } })).items.length
    const before = await runs('cities')
    await options(form.id, 'kept')
    await options(form.id, 'kept')
    expect(await runs('cities')).toBe(before + 1)
    const first = await options(form.id, 'fresh')
    expect((await options(form.id, 'fresh')).items).not.toEqual(first.items)
    expect(await runs('counted')).toBe(2)
  })

  test('46: a provider whose options have no label gives none', async () => {
    const form = await create([field('a', 'select', { provider: { id: 'broken' } })])
    expect(await status(options(form.id, 'a'))).toBe(409)
  })
})

describe('52: later', () => {
  test('where the form allows it: after a delay or at a time, not both, and not in the past', async () => {
    const form = await create([field('name', 'text')], { allow_schedule: true })
    const plan = (more: Record<string, unknown>) => submit(form.id, { name: 'Ada' }, more)
    expect(await plan({ delay_seconds: 3600 })).toMatchObject({ status: 'SCHEDULED' })
    expect(await status(plan({ scheduled_at: '2020-01-01T00:00:00Z' }))).toBe(422)
    const at = new Date(Date.now() + 60_000).toISOString()
    expect(await status(plan({ scheduled_at: at, delay_seconds: 60 }))).toBe(422)
    const now = await create([field('name', 'text')])
    expect(await status(submit(now.id, { name: 'Ada' }, { delay_seconds: 60 }))).toBe(422)
  })
})

describe('54: the launch workflow', () => {
  const fields: FormField[] = [
    field('name', 'text', { default_expression: 'context.mail' }),
    field('extra', 'text', { visible_if: "context.plan == 'big'" }),
  ]

  test('its answer stays on the server: a handle stands for it, in one session only', async () => {
    const form = await create(fields, { launch_workflow: 'launch', inputs: { region: 'north' } })
    const opened = await member.api(routes.startForm, { params: { id: form.id } })
    expect(opened.result).toEqual({ mail: 'ada@example.com', plan: 'big', region: 'north' })
    expect(opened.handle?.length).toBeGreaterThanOrEqual(64)
    const left = Date.parse(opened.expires_at ?? '') - Date.now()
    expect(left).toBeGreaterThan(29 * 60_000)
    expect(left).toBeLessThanOrEqual(30 * 60_000)

    const handle = { startup_handle: opened.handle }
    expect(await refusal(submit(form.id, {}, handle, developer))).toMatchObject({
      status: 422,
      details: [{ field: 'startup_handle' }],
    })
    expect(await status(submit(form.id, {}))).toBe(422)
    expect(await status(submit(form.id, {}, { ...handle, startup_data: { plan: 'own' } }))).toBe(422)
    const other = await create(fields, { launch_workflow: 'launch' })
    expect(await status(submit(other.id, {}, handle))).toBe(422)

    const { execution_id } = await submit(form.id, { extra: 'x' }, handle)
    const run = await server().ended(execution_id)
    expect(run.result).toBe('hello ada@example.com')
    const [row] = await server().db.query<{ origin_data: unknown }>(
      'select origin_data from executions where id = $1',
      [execution_id],
    )
    expect(row?.origin_data).toEqual({
      answers: { name: 'ada@example.com', extra: 'x' },
      startup: { mail: 'ada@example.com', plan: 'big', region: 'north' },
    })
    await server().db.query('update form_launches set expires_at = now()')
    expect(await status(submit(form.id, {}, handle))).toBe(422)
  })

  test('its handle outlives the token of a session, and no other session of the same person has it', async () => {
    const form = await create(fields, { launch_workflow: 'launch' })
    const signIn = async () => {
      const response = await server().anonymous('/api/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ADMIN),
      })
      let cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
      return async (path: string, body: unknown) => {
        const answer = await server().anonymous(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie, origin: server().url },
          body: JSON.stringify(body),
        })
        cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
        return { status: answer.status, cookie, body: (await answer.json()) as { handle: string } }
      }
    }
    const [mine, elsewhere] = [await signIn(), await signIn()]
    const opened = await mine(`/api/forms/${form.id}/startup`, {})
    const before = opened.cookie
    await server().db.query(`update sessions set rotated_at = now() - interval '2 hours'`)
    await until('the token is replaced', async () => {
      await mine(`/api/forms/${form.id}/fields/none/options`, {})
      return (await mine(`/api/forms/${form.id}/fields/none/options`, {})).cookie !== before
    })
    const answers = { fields: {}, startup_handle: opened.body.handle }
    expect((await elsewhere(`/api/forms/${form.id}/submit`, answers)).status).toBe(422)
    expect((await mine(`/api/forms/${form.id}/submit`, answers)).status).toBe(200)
  })

  test('when it fails there is no handle, and nothing can be submitted', async () => {
    const form = await create(fields, { launch_workflow: 'launch', inputs: { region: 'closed' } })
    const opened = await member.api(routes.startForm, { params: { id: form.id } })
    expect(opened).toMatchObject({ status: 'FAILED', handle: null, result: null })
    expect(opened.error?.message).not.toContain('closed today')
    expect(await status(submit(form.id, {}))).toBe(422)
  })
})
