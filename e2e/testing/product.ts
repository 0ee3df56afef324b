import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type AccountRole,
  type Client,
  createClient,
  type Execution,
  isTerminal,
  routes,
} from '@bifrost/contract'
import { makeDataDir } from '../../packages/server/src/platform/data-dir.ts'
import { until } from '../../packages/server/src/testing/server.ts'

export const ADMIN = {
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  password: 'correct-horse-battery',
  organization: 'Contoso',
} as const

/** The password of all people that journeys create. */
export const PASSWORD = 'three-quiet-lanterns'

/** The platform under the journeys: one process of its own, with PostgreSQL, worker and the built web app. */
export class Product {
  readonly url: string
  readonly workspace: string
  /** What the server printed when it started. */
  readonly said: string
  readonly #folder: string
  readonly #process: ChildProcess
  #admin: Promise<{ cookie: string; key: string }> | undefined

  private constructor(url: string, said: string, workspace: string, folder: string, process: ChildProcess) {
    this.url = url
    this.said = said
    this.workspace = workspace
    this.#folder = folder
    this.#process = process
  }

  static async start(workspace: string): Promise<Product> {
    const folder = mkdtempSync('/tmp/bifrost-journeys-')
    makeDataDir(folder)
    const script = join(import.meta.dirname, 'start-product.ts')
    const child = spawn(process.execPath, [script, join(folder, 'data'), workspace, String(process.pid)])
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk
      })
    const url = await until(
      'the product starts',
      () => {
        if (child.exitCode !== null) throw new Error(`The product ended with ${child.exitCode}:\n${said}`)
        return /ready on (http:[^\s"]+).*\/setup\?token=[\w-]+/s.exec(said)?.[1]
      },
      60_000,
    )
    return new Product(url, said, workspace, folder, child)
  }

  /** The link that makes the first administrator. */
  get setupLink(): string {
    const path = /\/setup\?token=[\w-]+/.exec(this.said)?.[0]
    if (!path) throw new Error(`The server printed no set-up link:\n${this.said}`)
    return this.url + path
  }

  /** The typed client, as the admin. */
  async api(): Promise<Client> {
    return createClient({ baseUrl: this.url, apiKey: await this.apiKey() })
  }

  async apiKey(): Promise<string> {
    return (await this.#signedIn()).key
  }

  /** The session cookie of the admin, for a browser that need not sign in. */
  async cookie(): Promise<{ name: string; value: string; url: string }> {
    const [name = '', value = ''] = (await this.#signedIn()).cookie.split('=')
    return { name, value, url: this.url }
  }

  /** Makes an account at home; answers who it is, with a client of their own. */
  async person(who: {
    name: string
    email: string
    role?: AccountRole
  }): Promise<{ id: string; api: Client }> {
    const admin = await this.api()
    const role = who.role ?? 'member'
    const { id } = await admin(routes.createUser, { body: { ...who, role, password: PASSWORD } })
    const apiKey = await this.#keyOf(await this.#login(who.email, PASSWORD))
    return { id, api: createClient({ baseUrl: this.url, apiKey }) }
  }

  /** Runs a workflow and waits for its end. */
  async execute(name: string, input: Record<string, unknown> = {}): Promise<Execution> {
    return this.ended(await this.run(name, input))
  }

  /** Queues a run; answers its id. */
  async run(name: string, input: Record<string, unknown> = {}, delaySeconds?: number): Promise<string> {
    const api = await this.api()
    const body = {
      input: input as never,
      ...(delaySeconds === undefined ? {} : { delay_seconds: delaySeconds }),
    }
    return (await api(routes.runWorkflow, { params: { id: name }, body })).execution_id
  }

  async ended(id: string): Promise<Execution> {
    const api = await this.api()
    return until('the run ends', async () => {
      const execution = await api(routes.getExecution, { params: { id } })
      return isTerminal(execution.status) ? execution : null
    })
  }

  /** The messages that a run has logged so far. */
  async messages(id: string): Promise<string[]> {
    const api = await this.api()
    const { items } = await api(routes.getExecutionLogs, { params: { id }, query: {} })
    return items.map(({ message }) => message)
  }

  /** Writes a file of the workspace, as an author's editor does. */
  write(path: string, content: string): void {
    const file = join(this.workspace, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }

  remove(path: string): void {
    rmSync(join(this.workspace, path), { recursive: true, force: true })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #signedIn(): Promise<{ cookie: string; key: string }> {
    this.#admin ??= this.#signIn()
    return this.#admin
  }

  /** Makes the admin first where no journey has done it in the browser, as when one journey runs alone. */
  async #signIn(): Promise<{ cookie: string; key: string }> {
    const withoutSession = createClient({ baseUrl: this.url })
    if ((await withoutSession(routes.getSetup, {})).needed) {
      const token = new URL(this.setupLink).searchParams.get('token') ?? ''
      await withoutSession(routes.setUp, { body: { ...ADMIN, token } })
    }
    const cookie = await this.#login(ADMIN.email, ADMIN.password)
    return { cookie, key: await this.#keyOf(cookie) }
  }

  async #login(email: string, password: string): Promise<string> {
    const login = await this.#post('/api/auth/login', { email, password })
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0]
    if (!cookie) throw new Error(`${email} cannot sign in: ${login.status} ${await login.text()}`)
    return cookie
  }

  async #keyOf(cookie: string): Promise<string> {
    const made = await this.#post('/api/keys', { name: 'journeys' }, cookie)
    const { key } = (await made.json()) as { key?: string }
    if (!key) throw new Error(`No key could be made: ${made.status}`)
    return key
  }

  #post(path: string, body: unknown, cookie = ''): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.url, cookie },
      body: JSON.stringify(body),
    })
  }
}
