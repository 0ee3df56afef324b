import { newId } from '../../platform/ids.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import type { ServerUnderTest } from '../server.ts'

/** In what is of others stands this text, and in no answer to those who may not see it. */
export const TRACE = 'trace-of-another-organization'

/**
 * Makes fixtures of one organization, or global ones, as rows: nothing of them runs. All of one organization may be read in
 * one test, so what stands in them says whose they are.
 */
export class FixtureRows {
  readonly #server: ServerUnderTest
  /** Null: global. */
  readonly orgId: string | null
  readonly #userId: string | null
  /** Rows that the server read at its start, each used once by what deletes it. */
  readonly #workflows: string[]
  readonly text: string
  readonly #folder: string

  constructor(
    server: ServerUnderTest,
    owner: { orgId: string | null; userId: string | null; workflows: string[]; text: string; folder: string },
  ) {
    this.#server = server
    this.orgId = owner.orgId
    this.#userId = owner.userId
    this.#workflows = owner.workflows
    this.text = owner.text
    this.#folder = owner.folder
  }

  query(text: string, values: unknown[] = []) {
    return this.#server.db.query(text, values)
  }

  /** A row with these columns; answers the id, which it has unless one is given. */
  async insert(table: string, row: Record<string, unknown>): Promise<string> {
    const id = newId()
    const all: Record<string, unknown> = { id, org_id: this.orgId, ...row }
    const names = Object.keys(all)
    await this.query(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(all),
    )
    return id
  }

  /** A name that nothing else has. */
  name(prefix = 'thing'): string {
    return `${prefix}_${newId().replaceAll('-', '').slice(-16)}`
  }

  /** A workflow of the organization, or a global one, that can run. */
  workflow(): string {
    return this.#workflows[0] ?? 'none'
  }

  /** One that nothing else of the test names; its file is gone. */
  freshWorkflow(): string {
    return this.#workflows.length > 1 ? (this.#workflows.pop() ?? 'none') : this.workflow()
  }

  /** The path of a file of theirs; without a name, of one that is there. */
  file(name = 'flows.ts'): string {
    return this.#folder + name
  }

  /** The path of a file that nothing else names. */
  looseFile(): string {
    const path = this.file(`${this.name('loose')}.txt`)
    this.#server.write(path, this.text)
    return path
  }

  execution(more: Record<string, unknown> = {}): Promise<string> {
    return this.insert('executions', {
      status: 'SUCCESS',
      type: 'workflow',
      trigger: 'api',
      workflow_name: 'hello',
      user_id: this.#userId,
      created_at: new Date(),
      started_at: new Date(),
      ended_at: new Date(),
      timeout_ms: 1000,
      input: JSON.stringify({ name: this.text }),
      result: JSON.stringify(this.text),
      variables: JSON.stringify({ text: this.text }),
      ...more,
    })
  }

  /** A run that waits for an answer. */
  async waitingExecution(): Promise<string> {
    const id = await this.execution({ status: 'SUSPENDED', durable: true, ended_at: null, result: null })
    await this.query(
      `insert into waits (execution_id, key, org_id, kind, created_at) values ($1, 'ask', $2, 'resume', now())`,
      [id, this.orgId],
    )
    await this.query(
      `insert into execution_steps (execution_id, key, org_id, name, occurrence, branch, position, kind, status, started_at)
       values ($1, 'ask', $2, 'ask', 1, '', 0, 'step', 'waiting', now())`,
      [id, this.orgId],
    )
    return id
  }

  /** A task that a run waits for; without an assignee everybody of the organization may answer it. */
  async task(more: Record<string, unknown> = {}): Promise<string> {
    const executionId = await this.execution({
      status: 'SUSPENDED',
      durable: true,
      ended_at: null,
      result: null,
    })
    await this.query(
      `insert into waits (execution_id, key, org_id, kind, created_at) values ($1, 'ask', $2, 'task', now())`,
      [executionId, this.orgId],
    )
    await this.query(
      `insert into execution_steps (execution_id, key, org_id, name, occurrence, branch, position, kind, status, started_at)
       values ($1, 'ask', $2, 'ask', 1, '', 0, 'screen', 'waiting', now())`,
      [executionId, this.orgId],
    )
    return this.insert('tasks', {
      execution_id: executionId,
      key: 'ask',
      name: 'ask',
      title: this.text,
      props: '{}',
      fields: '[]',
      created_at: new Date(),
      ...more,
    })
  }

  /** A task that shows a React component. */
  async screenTask(): Promise<string> {
    await this.query(
      `insert into code_versions (version, path, source, executables) values ('of the matrix', 'flows.ts', '', '[]')
       on conflict do nothing`,
    )
    await this.query(
      `insert into code_screens (version, path, source) values ('of the matrix', 'screen.tsx', '') on conflict do nothing`,
    )
    const id = await this.task({ component: 'screen.tsx' })
    await this.query(
      `update executions set code_version = 'of the matrix' where id = (select execution_id from tasks where id = $1)`,
      [id],
    )
    return id
  }

  claimedTask(): Promise<string> {
    return this.task({ status: 'claimed', claimed_by: this.#userId })
  }

  schedule(): Promise<string> {
    return this.insert('schedules', {
      workflow_id: this.workflow(),
      source: 'api',
      cron: '0 0 1 1 *',
      timezone: 'UTC',
      overlap: 'skip',
      catch_up: 'none',
      input: JSON.stringify({ name: this.text }),
      paused: true,
      user_id: this.#userId,
      created_at: new Date(),
      updated_at: new Date(),
    })
  }

  /** A view that is shared. */
  view(): Promise<string> {
    return this.insert('saved_views', {
      list: 'executions',
      name: this.name(this.text),
      filter: JSON.stringify({ q: this.text }),
      created_by: this.#userId,
    })
  }

  event(): Promise<string> {
    return this.insert('events', {
      name: 'order.created',
      payload: JSON.stringify({ text: this.text }),
      user_id: this.#userId,
      created_at: new Date(),
    })
  }

  bulkAction(): Promise<string> {
    return this.insert('bulk_actions', {
      user_id: this.#userId,
      action: 'cancel',
      filter: '{}',
      targets: [],
      created_at: new Date(),
      updated_at: new Date(),
      ended_at: new Date(),
    })
  }

  /** The name of a table with a row "one". */
  async table(): Promise<string> {
    const name = this.name('table')
    const id = await this.insert('tables', { name, description: this.text })
    await this.query(`insert into table_rows (table_id, id, org_id, data) values ($1, 'one', $2, $3)`, [
      id,
      this.orgId,
      JSON.stringify({ text: this.text }),
    ])
    return name
  }

  /** The key of a value. */
  async config(): Promise<string> {
    const key = this.name('key')
    await this.query('insert into config_entries (org_id, key, value) values ($1, $2, $3)', [
      this.orgId,
      key,
      JSON.stringify(this.text),
    ])
    return key
  }

  apiKey(): Promise<string> {
    return this.insert('api_keys', {
      user_id: this.#userId,
      name: this.text,
      prefix: 'bfk_',
      key_hash: hashToken(newToken('bfk')),
    })
  }

  endpointKey(): Promise<string> {
    return this.insert('endpoint_keys', {
      name: this.text,
      prefix: 'bfe_',
      key_hash: hashToken(newToken('bfe')),
      calls_per_minute: 60,
    })
  }

  form(): Promise<string> {
    return this.insert('forms', {
      name: this.name('form'),
      description: this.text,
      workflow_id: this.workflow(),
      fields: '[]',
      texts: '{}',
      inputs: '{}',
      access: 'authenticated',
      allow_schedule: false,
      is_active: true,
    })
  }

  async formLink(): Promise<{ id: string; link_id: string }> {
    const id = await this.form()
    const token_hash = hashToken(newToken('link'))
    return { id, link_id: await this.insert('form_links', { form_id: id, name: this.text, token_hash }) }
  }

  egressRule(): Promise<string> {
    return this.insert('egress_rules', { rule: `${this.name('host')}.internal`, note: this.text })
  }

  integration(): Promise<string> {
    return this.insert('integrations', {
      name: this.name('integration'),
      description: this.text,
      base_url: 'https://integration.invalid',
      auth: 'none',
    })
  }

  async connectedIntegration(): Promise<string> {
    const id = await this.integration()
    await this.insert('integration_connections', { integration_id: id, entity_id: this.text })
    return id
  }

  async mappedIntegration(): Promise<string> {
    const id = await this.integration()
    if (this.orgId !== null)
      await this.query(
        'insert into integration_mappings (integration_id, org_id, entity_id) values ($1, $2, $3)',
        [id, this.orgId, this.text],
      )
    return id
  }

  async tableIndex(): Promise<{ table: string; id: string }> {
    const table = await this.table()
    const [row] = await this.query('select id from tables where name = $1', [table])
    const id = await this.insert('table_indexes', {
      table_id: row?.['id'],
      fields: ['n'],
      is_unique: false,
      key_place: 1,
      state: 'ready',
    })
    return { table, id }
  }

  /** A member who has no other part in this test. */
  person(): Promise<string> {
    return this.insert('users', { email: `${this.name('p')}@example.com`, name: this.text, role: 'member' })
  }

  passkey(): Promise<string> {
    return this.insert('passkeys', {
      user_id: this.#userId,
      name: this.text,
      credential_id: this.name('credential'),
      public_key: Buffer.from('key'),
      counter: 0,
      is_synced: false,
    })
  }

  session(): Promise<string> {
    return this.insert('sessions', {
      user_id: this.#userId,
      token_hash: hashToken(newToken('bfs')),
      expires_at: new Date(Date.now() + 3_600_000),
    })
  }

  identityProvider(): Promise<string> {
    return this.insert('identity_providers', {
      name: this.text,
      issuer: 'https://issuer.invalid',
      client_id: 'x',
      // The sign-in page shows the others to everybody.
      is_listed: false,
      domains: [`${this.name('d').replaceAll('_', '-')}.example.com`],
    })
  }

  /** An id of nothing. */
  noId(): string {
    return newId()
  }

  invitation(): Promise<string> {
    return this.insert('invitations', {
      email: `${this.name('p')}@example.com`,
      name: this.text,
      role: 'member',
      token_hash: hashToken(newToken('invitation')),
      invited_by: this.#userId,
      expires_at: new Date(Date.now() + 3_600_000),
    })
  }

  role(): Promise<string> {
    return this.insert('roles', { name: this.name('role'), description: this.text })
  }

  async roleMember(): Promise<{ id: string; user_id: string }> {
    const [id, user_id] = [await this.role(), await this.person()]
    await this.query('insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)', [
      id,
      user_id,
      this.orgId,
    ])
    return { id, user_id }
  }

  async roleGrant(): Promise<{ id: string; kind: 'workflow'; resource_id: string }> {
    const [id, resource_id] = [await this.role(), this.workflow()]
    await this.query(
      `insert into role_grants (role_id, kind, resource_id, org_id) values ($1, 'workflow', $2, $3)`,
      [id, resource_id, this.orgId],
    )
    return { id, kind: 'workflow', resource_id }
  }
}
