import { readFileSync } from 'node:fs'

/** The snippets, each as it is printed. */
export const SEEDS = new URL('../../../../python/tests/seeds/', import.meta.url)
export const snippet = (name: string) => readFileSync(new URL(`${name}.py`, SEEDS), 'utf8')

/** Snippets use names that they neither define nor import: this package is loaded before each of them, and has those. */
export const STAND_INS = `
import builtins


class Record:
    def __init__(self, **values):
        self.__dict__.update(values)


class Database:
    async def get(self, id):
        return {"of": id}

    async def query(self, sql, *values):
        return [{"sql": sql, "values": list(values)}]


async def create_user_in_system(email, name):
    if email == "taken":
        raise RuntimeError(f"{email} is taken")
    return Record(id=f"id of {name}")


async def create_user(email):
    return Record(id=f"id of {email}")


async def assign_license(user_id, sku):
    print(f"{sku} for {user_id}")


async def fetch_csv(url):
    return [url, "b", "c"]


async def import_item(item):
    print(f"import {item}")


async def generate_report():
    return "report"


async def send_report(report):
    print(f"send {report}")


async def fetch_users(department):
    return [Record(id="1", name=f"Ada of {department}")]


async def do_work(item):
    if item == "bad":
        raise ValueError("does not work")
    return f"done {item}"


builtins.database = builtins.db = Database()
for _each in (create_user_in_system, create_user, assign_license, fetch_csv, import_item, generate_report,
              send_report, fetch_users, do_work):
    setattr(builtins, _each.__name__, _each)
builtins.process_item = do_work
`

/** A text that has to be given. */
export const text = (name: string, label: string) => ({ name, type: 'string', label, required: true })

interface Case {
  /** The file of the snippet. */
  of: string
  listed: Record<string, unknown>
  input?: Record<string, unknown>
  result: unknown
  status?: string
  log?: string[]
}

/** How a snippet is listed, and what a run of it gives. */
export const cases: Case[] = [
  {
    of: 'basic_structure',
    listed: {
      name: 'my_workflow',
      description: 'Docstring explaining workflow purpose - this becomes the description.',
      category: 'Category Name',
      execution_mode: 'async',
      timeout_seconds: 1800,
      parameters: [
        text('param1', 'Param1'),
        { name: 'param2', type: 'integer', required: false, default: 10 },
      ],
    },
    input: { param1: 'one' },
    result: { result: 'success' },
    log: ['info Processing one'],
  },
  ...['parameter_inference', 'concept_parameters'].map(
    (of): Case => ({
      of,
      listed: {
        name: 'create_user',
        description: 'Create a new user.',
        category: 'General',
        parameters: [
          text('email', 'Email'),
          text('name', 'Name'),
          { name: 'department', type: 'string', required: false, default: 'IT' },
          { name: 'active', type: 'boolean', required: false, default: true },
        ],
      },
      input: { email: 'ada@example.com', name: 'Ada' },
      result: null,
    }),
  ),
  {
    of: 'type_hints',
    listed: {
      name: 'example',
      description: 'Example with various parameter types.',
      parameters: [
        { name: 'name', type: 'string', required: true },
        { name: 'count', type: 'integer', required: true },
        { name: 'amount', type: 'number', required: true },
        { name: 'enabled', type: 'boolean', required: false, default: false },
        { name: 'tags', type: 'list', items: 'string', required: false },
        { name: 'config', type: 'json', required: false },
      ],
    },
    input: { name: 'Ada', count: 2, amount: 1.5, tags: ['a'], config: { a: 1 } },
    result: null,
  },
  {
    of: 'literal_options',
    listed: {
      name: 'create_user',
      description: 'Create a user with predefined options.',
      parameters: [
        { name: 'email', type: 'string', required: true, options: null },
        {
          name: 'role',
          required: false,
          default: 'user',
          options: [{ value: 'admin' }, { value: 'user' }, { value: 'guest' }],
        },
        {
          name: 'status',
          required: false,
          default: 'active',
          options: [{ value: 'active' }, { value: 'inactive' }],
        },
      ],
    },
    input: { email: 'ada@example.com', role: 'guest' },
    result: null,
  },
  {
    of: 'mode_sync',
    listed: {
      name: 'quick_lookup',
      execution_mode: 'sync',
      timeout_seconds: 30,
      parameters: [text('id', 'Id')],
    },
    input: { id: '7' },
    result: { result: { of: '7' } },
  },
  {
    of: 'mode_async',
    listed: {
      name: 'bulk_import',
      execution_mode: 'async',
      timeout_seconds: 1800,
      parameters: [text('csv_url', 'Csv Url')],
    },
    input: { csv_url: 'a' },
    result: { imported: 3 },
    log: ['info import a', 'info import b', 'info import c'],
  },
  {
    of: 'mode_scheduled',
    listed: {
      name: 'daily_report',
      description: 'Generate and send daily report.',
      schedule: { cron: '0 9 * * *', timezone: 'UTC' },
      parameters: [],
    },
    result: { status: 'sent' },
    log: ['info send report'],
  },
  {
    of: 'provider',
    listed: {
      type: 'data_provider',
      name: 'get_departments',
      description: 'List available departments.',
      cache_ttl_seconds: 600,
      parameters: [],
    },
    result: [
      { label: 'Engineering', value: 'eng' },
      { label: 'Sales', value: 'sales' },
    ],
  },
  {
    of: 'provider_with_parameter',
    listed: {
      type: 'data_provider',
      name: 'get_users_by_dept',
      description: 'Get users filtered by department.',
      parameters: [text('department', 'Department')],
    },
    input: { department: 'IT' },
    result: [{ label: 'Ada of IT', value: '1' }],
  },
  {
    of: 'raises',
    listed: {
      name: 'create_user',
      description: 'Create a new user in the system.',
      parameters: [text('email', 'Email'), text('name', 'Name')],
    },
    input: { email: 'ada@example.com', name: 'Ada' },
    result: { user_id: 'id of Ada' },
    log: ['info Created user: id of Ada'],
  },
  {
    of: 'logs',
    listed: { name: 'process_data', parameters: [{ name: 'items', type: 'list', required: true }] },
    input: { items: [1, 2] },
    result: null,
    log: [
      'debug Starting detailed processing...',
      'info Processing 2 items...',
      'warning Item 5 failed, continuing...',
      'error Critical failure detected',
    ],
  },
  {
    of: 'concept',
    listed: {
      name: 'create_user',
      description: 'Create a new user in the system.',
      parameters: [text('email', 'Email'), text('name', 'Name')],
    },
    input: { email: 'ada@example.com', name: 'Ada' },
    result: { user_id: '123' },
  },
  {
    of: 'concept_provider_parameter',
    listed: { name: 'create_user', parameters: [text('email', 'Email'), text('department', 'Department')] },
    input: { email: 'ada@example.com', department: 'it' },
    result: null,
  },
  {
    of: 'concept_state',
    listed: { name: 'process_items', parameters: [{ name: 'items', type: 'list', required: true }] },
    input: { items: ['a', 'b'] },
    result: { processed: 2 },
    log: ['info Processing 2 items', 'info Processing item 1/2', 'info Processing item 2/2'],
  },
  {
    of: 'concept_error_result',
    listed: { name: 'example', parameters: [text('param', 'Param')] },
    input: { param: 'good' },
    result: { success: true, result: 'done good' },
  },
  {
    of: 'concept_error_result',
    listed: { name: 'example' },
    input: { param: 'bad' },
    result: { success: false, error: 'does not work' },
    status: 'COMPLETED_WITH_ERRORS',
  },
  {
    of: 'concept_security',
    listed: { name: 'admin_task', parameters: [] },
    result: null,
  },
  {
    of: 'tool',
    listed: {
      name: 'search_docs',
      type: 'tool',
      is_tool: true,
      description: 'Search documentation',
      tool_description: 'Search documentation',
      parameters: [text('query', 'Query')],
    },
    input: { query: 'how' },
    result: null,
  },
  {
    of: 'data_provider',
    listed: {
      name: 'Get Users',
      type: 'data_provider',
      description: 'Returns list of users',
      cache_ttl_seconds: 300,
    },
    result: [{ label: 'User 1', value: 1 }],
  },
]
