import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type AccountRole,
  type Client,
  createClient,
  type ExecuteAnswer,
  type Execution,
  type ExecutionStatus,
  isTerminal,
  type LogLine,
  routes,
} from '@bifrost/contract'
import type { PoolConfig } from 'pg'
import { afterAll, beforeAll } from 'vitest'
import type { Config } from '../config.ts'
import { insertKey, insertUser } from '../features/accounts/queries.ts'
import { type RunningServer, startServer } from '../main.ts'
import { makeDataDir } from '../platform/data-dir.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { type Stall, startWatchdog, type Watchdog } from '../platform/event-loop-watchdog.ts'
import { newId } from '../platform/ids.ts'
import { type Log, silentLog } from '../platform/log.ts'
import { processFacts } from '../platform/processes.ts'
import { hashToken, newToken } from '../platform/tokens.ts'
import type { TestDatabase } from './database.ts'
import { createTestDatabase } from './test-database.ts'

export interface TestServerOptions {
  /** The workspace: content by path. */
  files?: Readonly<Record<string, string | Uint8Array>>
  /** Settings that differ from those of a test. */
  config?: Partial<Config>
  /** Makes its database, which it drops at the end; a fresh one when absent. */
  database?: () => Promise<TestDatabase>
}

/** A person with an account and a key of their own. */
export interface TestPerson {
  id: string
  orgId: string
  apiKey: string
  api: Client
  /** A raw request with this person's key. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export const ADMIN = { email: 'admin@example.com', password: 'correct-horse-battery' } as const
const READ_MS_MAX = 60_000
const ADMIN_KEY = 'admin-key-of-the-tests-0123456789abcdef'

/**
 * The whole product in this process: HTTP on a free port, worker, children, builder, and a database of its own.
 * Whatever it leaves behind after its stop fails the test.
 */
export class ServerUnderTest {
  readonly config: Config
  readonly db: Database
  readonly admin: TestPerson
  /** Whether a start waits until the workspace was read. */
  waitsForFiles = true
  readonly #database: TestDatabase
  /** All that this server keeps on disk; a workspace that a test brings along lies elsewhere and stays. */
  readonly #folder: string
  readonly #errors: string[] = []
  #running: RunningServer | null = null
  #watchdog: Watchdog | null = null
  #expected: RegExp[] = []

  constructor(database: TestDatabase, folder: string, config: Config) {
    this.#database = database
    this.#folder = folder
    this.config = config
    this.db = openDatabase(database.connection, silentLog)
    this.admin = this.#person('', '', ADMIN_KEY)
  }

  /** Where it listens; another port after a restart. */
  get url(): string {
    if (!this.#running) throw new Error('The server is stopped.')
    return this.#running.url
  }

  /** What held up the event loop on behalf of an organization since the start. */
  get stalls(): readonly Stall[] {
    return this.#watchdog?.stalls ?? []
  }

  get notes(): string[] {
    return this.#running?.notes ?? []
  }

  /** The typed client, as the admin. */
  get api(): Client {
    return this.admin.api
  }

  /** A raw request with the admin's key. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return this.admin.fetch(path, init)
  }

  /** A raw request without credentials. */
  anonymous(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, init)
  }

  /** Runs a workflow as the admin and waits for its end. */
  execute(name: string, input: Record<string, unknown> = {}): Promise<ExecuteAnswer> {
    return this.api(routes.executeWorkflow, { params: { id: name }, body: { input: input as never } })
  }

  /** Queues a run as the admin; answers its id. */
  async run(name: string, input: Record<string, unknown> = {}): Promise<string> {
    const answer = await this.api(routes.runWorkflow, {
      params: { id: name },
      body: { input: input as never },
    })
    return answer.execution_id
  }

  /** The run, once it has ended. */
  ended(id: string, timeoutMs?: number): Promise<Execution> {
    return this.reaches(id, isTerminal, timeoutMs)
  }

  /** The run, once its status fits. */
  reaches(id: string, fits: (status: ExecutionStatus) => boolean, timeoutMs?: number): Promise<Execution> {
    return until(
      'the run gets there',
      async () => {
        const execution = await this.api(routes.getExecution, { params: { id } })
        return fits(execution.status) ? execution : null
      },
      timeoutMs,
    )
  }

  async logs(id: string): Promise<LogLine[]> {
    return (await this.api(routes.getExecutionLogs, { params: { id }, query: {} })).items
  }

  async start(): Promise<void> {
    const note = (level: string) => (first: unknown, text?: unknown) => {
      const { err } = (first ?? {}) as { err?: Error }
      this.#errors.push(`${level}: ${text ?? first}${err ? `: ${err.stack}` : ''}`)
    }
    const log: Log = { ...silentLog, error: note('error') }
    this.#running = await startServer(this.config, log)
    // Most tests are about what is in the files, and a loaded machine takes its time to read them.
    if (this.waitsForFiles) await this.#running.fileNotes
    // In place of the server's own: it measures time of the processor, so that a busy machine makes no stalls.
    this.#watchdog = startWatchdog(silentLog, { cpuTime: true })
  }

  /** Stops in order. */
  async stop(): Promise<void> {
    this.#watchdog?.stop()
    const running = this.#running
    this.#running = null
    await running?.stop()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Processes that run author's code now, or will. */
  childPids(): number[] {
    return childrenOf(process.pid).filter((pid) => {
      const command = commandOf(pid)
      return command.includes('bifrost-runtime') && command.includes(this.config.dataDir)
    })
  }

  /** Writes a file of the workspace, as an author's editor does. */
  write(path: string, content: string | Uint8Array): void {
    const file = join(this.config.workspaceDir, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }

  remove(path: string): void {
    rmSync(join(this.config.workspaceDir, path), { recursive: true })
  }

  link(target: string, path: string): void {
    symlinkSync(target, join(this.config.workspaceDir, path))
  }

  /** A person of that role; of the admin's organization, or of the one given. */
  async person(role: AccountRole, orgId?: string): Promise<TestPerson> {
    const org = orgId ?? (await this.providerId())
    const email = `${role}-${newId()}@example.com`
    const apiKey = newToken('bfk')
    const id = await insertUser(this.db.query, { orgId: org, email, name: role, role, passwordHash: null })
    await insertKey({ orgId: org, userId: id }, this.db.query, {
      name: 'test',
      prefix: 'test',
      hash: hashToken(apiKey),
      expiresInDays: null,
    })
    return this.#person(id, org, apiKey)
  }

  /** A second organization. */
  async organization(name = 'Customer'): Promise<string> {
    const id = newId()
    await this.db.query('insert into organizations (id, name) values ($1, $2)', [id, name])
    return id
  }

  async providerId(): Promise<string> {
    const [row] = await this.db.query<{ id: string }>('select id from organizations where is_provider')
    if (!row) throw new Error('There is no provider organization yet.')
    return row.id
  }

  /** An error in the log that a test brings about; any other one fails it. */
  expectError(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  /** Errors of the platform itself since the last look; none is the rule. */
  takeErrors(): string[] {
    const unexpected = this.#errors.filter((error) => !this.#expected.some((pattern) => pattern.test(error)))
    this.#errors.length = 0
    this.#expected = []
    return unexpected
  }

  async close(): Promise<void> {
    await this.stop()
    await this.db.close()
    await this.#database.drop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #person(id: string, orgId: string, apiKey: string): TestPerson {
    const fetchAs = (path: string, init: RequestInit = {}) =>
      fetch(this.url + path, { ...init, headers: { authorization: `Bearer ${apiKey}`, ...init.headers } })
    // The address is looked up at each call: it changes with a restart.
    const api = createClient({
      baseUrl: '',
      apiKey,
      fetch: (path, init) => onceRead(() => fetch(this.url + path, init as RequestInit)),
    })
    return { id, orgId, apiKey, api, fetch: fetchAs }
  }
}

/** A loaded machine may take longer to read a file that a test has just written than the server lets a caller wait. */
async function onceRead(ask: () => Promise<Response>): Promise<Response> {
  const deadline = performance.now() + READ_MS_MAX
  for (;;) {
    const response = await ask()
    const isBeingRead =
      response.status === 503 && (await response.clone().text()).includes('still being read')
    if (!isBeingRead || performance.now() > deadline) return response
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Starts the product, lets `work` use it, stops it, and looks for leftovers. */
export async function withServer<T>(
  options: TestServerOptions,
  work: (server: ServerUnderTest) => Promise<T>,
): Promise<T> {
  const before = leftovers()
  const server = await open(options)
  let result: T
  try {
    result = await work(server)
  } catch (error) {
    await server.close()
    throw error
  }
  await finish(server, before)
  return result
}

/**
 * One server for a whole test file or `describe`.
 * @example
 * const server = useServer({ files: { 'hello.ts': `…` } })
 * test('…', async () => { await server().api(routes.listWorkflows, { query: {} }) })
 */
export function useServer(options: TestServerOptions = {}): () => ServerUnderTest {
  let server: ServerUnderTest | undefined
  let before: Leftovers
  beforeAll(async () => {
    before = leftovers()
    server = await open(options)
  })
  afterAll(async () => {
    if (server) await finish(server, before)
  })
  return () => {
    if (!server) throw new Error('The server is there from beforeAll on.')
    return server
  }
}

async function open({
  files = {},
  config = {},
  database: makeDatabase = createTestDatabase,
}: TestServerOptions): Promise<ServerUnderTest> {
  const database = await makeDatabase()
  // In /tmp and open to pass through, so that it works as root too.
  const folder = mkdtempSync('/tmp/bifrost-server-')
  makeDataDir(folder)
  const dataDir = join(folder, 'data')
  const workspaceDir = join(folder, 'workspace')
  makeDataDir(dataDir)
  mkdirSync(workspaceDir)
  const server = new ServerUnderTest(
    database,
    folder,
    configOf(database, { dataDir, workspaceDir, ...config }),
  )
  for (const [path, content] of Object.entries(files)) server.write(path, content)
  try {
    await server.start()
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

/** The settings of a server under test. */
export const configOf = (
  database: TestDatabase,
  config: Partial<Config> & Pick<Config, 'dataDir' | 'workspaceDir'>,
): Config =>
  Object.freeze({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: urlOf(database.connection),
    secretKey: 'a-secret-key-of-the-tests-0123456789',
    previousSecretKey: null,
    adminEmail: ADMIN.email,
    adminPassword: ADMIN.password,
    adminApiKey: ADMIN_KEY,
    publicUrl: null,
    smtpUrl: null,
    mailFrom: null,
    logLevel: 'silent',
    eventDays: 30,
    egressAllow: [],
    trustedProxies: [],
    mode: 'test',
    allowWeakIsolation: false,
    auditDays: 365,
    probePort: null,
    python: null,
    pipIndexUrl: null,
    pipExtraIndexUrl: null,
    pipFindLinks: null,
    pipNoIndex: false,
    stopGraceSeconds: 5,
    ...config,
  })

async function finish(server: ServerUnderTest, before: Leftovers): Promise<void> {
  const errors = server.takeErrors()
  await server.close()
  errors.push(...server.takeErrors())
  if (errors.length > 0) throw new Error(`The server logged errors:\n${errors.join('\n')}`)
  await until('nothing is left behind', () => {
    const after = leftovers()
    return after.handles <= before.handles && after.children.every((pid) => before.children.includes(pid))
  }).catch((error: Error) => {
    throw new Error(
      `${error.message}; before: ${JSON.stringify(before)}, after: ${JSON.stringify(leftovers())}`,
    )
  })
}

interface Leftovers {
  children: number[]
  handles: number
}

/** Child processes, and handles that would keep the process alive: listening sockets, watchers, child processes. */
function leftovers(): Leftovers {
  const handles = process
    .getActiveResourcesInfo()
    .filter((name) => ['TCPServerWrap', 'FSEventWrap', 'ProcessWrap'].includes(name)).length
  return { children: childrenOf(process.pid), handles }
}

function childrenOf(parent: number): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => processFacts(Number(entry)))
    .filter((facts) => facts !== null && facts.parent === parent && !facts.zombie)
    .map((facts) => facts?.pid ?? 0)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Waits for a condition; a sentence that names it is the failure after the deadline. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`It did not happen within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

/** A connection as DATABASE_URL; the folder of a Unix socket is written as a host. */
function urlOf(connection: PoolConfig): string {
  if (connection.connectionString !== undefined) return connection.connectionString
  const { user = '', password = '', host = '', port, database = '' } = connection
  const who = [user, password].map((part) => encodeURIComponent(String(part))).join(':')
  return `postgres://${who}@${encodeURIComponent(host)}${port ? `:${port}` : ''}/${database}`
}
