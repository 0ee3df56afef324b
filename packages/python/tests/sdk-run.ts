import { isMethodName, methods } from '../../contract/src/index.ts'
import { pythonFor } from '../../server/src/testing/python.ts'
import { type Sent, withChild } from './child.ts'

export const python = await pythonFor('The SDK suite of Python')

export const ID = '0198a000-0000-7000-8000-00000000000a'
export const OTHER = '0198a000-0000-7000-8000-00000000000b'
const ROW = {
  id: 'A-17',
  data: { total: 9 },
  version: 2,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-02T00:00:00Z',
  created_by: null,
  updated_by: null,
}
const FILE = {
  path: 'data/a.csv',
  name: 'a.csv',
  is_directory: false,
  size: 3,
  modified_at: '2026-01-01T00:00:00Z',
}
const ORGANIZATION = {
  id: ID,
  name: 'Contoso',
  slug: 'contoso',
  parent_id: null,
  path: [ID],
  is_provider: false,
  is_active: true,
  domain: 'contoso.test',
  created_at: '2026-01-01T00:00:00Z',
  people: 1,
  sub_organizations: 0,
}
const USER = {
  id: ID,
  email: 'a@b.test',
  name: 'Ada',
  role: 'platform_admin',
  is_active: true,
  organization: { id: OTHER, name: 'O' },
  roles: [],
  created_at: '2026-01-01T00:00:00Z',
  last_seen_at: null,
}
const ROLE = {
  id: ID,
  name: 'Billing',
  description: '',
  organization: null,
  can_edit: true,
  member_count: 1,
  grant_count: 1,
  created_at: '2026-01-01T00:00:00Z',
  members: [{ id: OTHER, name: 'B', email: 'b@b.test', is_active: true }],
  grants: [{ kind: 'form', resource_id: OTHER, name: null }],
}
const RUN = {
  id: ID,
  workflowId: null,
  workflowName: 'w',
  status: 'FAILED',
  trigger: 'manual',
  startedBy: null,
  createdAt: '2026-01-01T00:00:00Z',
  startedAt: null,
  endedAt: null,
  durationMs: 5,
  attempt: 1,
  error: null,
  columns: null,
}
const OAUTH = {
  accessToken: 'old',
  tokenType: 'Bearer',
  refreshToken: 'r',
  scope: 'a b',
  expiresAt: null,
  clientId: 'app',
  clientSecret: null,
  tokenUrl: 'https://d.test/token',
  scopes: ['a', 'b', 'c'],
}
const MAPPING = {
  integrationId: ID,
  organizationId: OTHER,
  organizationName: 'Contoso',
  entityId: 't-17',
  entityName: null,
  updatedAt: '2026-01-01T00:00:00Z',
}

/** What the server of these tests answers; without an entry it is null. */
export const answers: Record<string, unknown> = {
  'config.get': { found: true, value: 'https://x' },
  'config.list': [
    { key: 'api_url', value: 'x', isSecret: false, source: null },
    { key: 'key', value: null, isSecret: true, source: 'A' },
  ],
  'config.delete': true,
  'files.read': Buffer.from('ä').toString('base64'),
  'files.write': FILE,
  'files.list': [FILE],
  'files.exists': true,
  'files.stat': FILE,
  'files.openWrite': ID,
  'files.closeWrite': FILE,
  'files.readPart': { content: 'YWI=', size: 2, stamp: 's' },
  'files.search': { items: [{ path: 'a', line: 1, column: 2, context: 'c' }], truncated: false },
  'files.signedUrl': { url: 'https://s', expires_at: '2026-01-01T00:00:00Z' },
  'tables.write': ['A-17'],
  'tables.get': ROW,
  'tables.query': [ROW],
  'tables.count': 12,
  'tables.page': { items: [ROW], next_cursor: 'next' },
  'tables.describe': { name: 'orders', indexes: [] },
  'tables.createIndex': { fields: ['a'], is_unique: true },
  'tables.updateWhere': 4,
  'tables.deleteWhere': 5,
  'workflows.get': { id: ID, name: 'w', type: 'tool' },
  'tables.list': [{ name: 'orders', description: '', rows: 3 }],
  'tables.drop': true,
  'organizations.list': [ORGANIZATION],
  'organizations.get': ORGANIZATION,
  'organizations.create': ORGANIZATION,
  'organizations.update': ORGANIZATION,
  'users.list': [USER],
  'users.get': USER,
  'users.create': USER,
  'users.update': USER,
  'roles.list': [ROLE],
  'roles.get': ROLE,
  'roles.create': ROLE,
  'roles.update': ROLE,
  'executions.list': { items: [RUN], nextCursor: null },
  'executions.get': { ...RUN, input: {}, result: 1, reason: 'r', parentId: null },
  'executions.logs': [{ seq: 1, timestamp: '2026-01-01T00:00:00Z', level: 'info', message: 'm' }],
  'workflows.list': [
    { id: ID, name: 'w', description: '', category: 'c', tags: [], type: 'tool', parameters: [] },
  ],
  'workflows.cancel': true,
  'workflows.startMany': { started: 1, duplicates: 0, ids: [ID] },
  'integrations.get': {
    integrationId: ID,
    name: 'Directory',
    baseUrl: 'https://d.test',
    entityId: 't',
    entityName: 'T',
    config: { site: 1, key: 'secret' },
    oauth: OAUTH,
  },
  'integrations.refresh': { ...OAUTH, accessToken: 'new' },
  'integrations.listMappings': [MAPPING],
  'integrations.getMapping': MAPPING,
  'integrations.upsertMapping': MAPPING,
  'integrations.deleteMapping': true,
  'integrations.getCredentials': { apiKey: 'k', oauth: null },
  'integrations.list': [
    {
      name: 'Directory',
      description: '',
      baseUrl: 'https://d.test',
      state: 'connected',
      entityId: null,
      entityName: null,
    },
  ],
  'cursors.get': { found: false, value: null },
  'events.emit': { event_id: ID, started: [], woken: 0, duplicate: false },
}

interface Outcome {
  result: unknown
  calls: { method: string; args: Record<string, unknown> }[]
}

/** Runs lines in a function; every call has to be one that the contract knows, with arguments that it takes. */
export const run = (
  lines: string,
  refused: Record<string, { code: string; message: string }> = {},
): Promise<Outcome> =>
  withChild(python, async (child) => {
    child.answer = ({ method }) =>
      refused[method] ? { error: refused[method] } : { value: answers[method] ?? null }
    const body = lines.trim().replaceAll('\n', '\n    ')
    const source = `from bifrost import *\nasync def main():\n    ${body}`
    const loaded = await child.load({ 'main.py': source }, 'main.py')
    if (loaded.type === 'load_failed') throw new Error(loaded.failure.message)
    const end = await child.run('main', {}, { durable: false })
    const calls = child.all('call').map(({ method, args }: Sent<'call'>) => {
      if (!isMethodName(method)) throw new Error(`${method} is no method`)
      const { scope, ...rest } = args
      methods[method].args.parse(rest)
      return { method, args }
    })
    if (end.type !== 'done') throw new Error(JSON.stringify(end))
    return { result: JSON.parse(end.result), calls }
  })
