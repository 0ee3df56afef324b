import { createClient, routes } from '@bifrost/contract'
import { ADMIN, type ServerUnderTest } from './server.ts'

/** What a browser is to the server: it keeps cookies, says where its pages come from, and follows no redirect here. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #server: ServerUnderTest
  readonly #headers: Record<string, string>

  constructor(server: ServerUnderTest, headers: Record<string, string> = {}) {
    this.#server = server
    this.#headers = headers
  }

  /** The token of the session. */
  get token(): string {
    return this.cookies.get('bifrost_session') ?? ''
  }

  readonly api = createClient({
    baseUrl: '',
    fetch: (path, init) => this.fetch(String(path), init as RequestInit),
  })

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const url = path.startsWith('http') ? path : this.#server.url + path
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: {
        origin: new URL(this.#server.url).origin,
        ...(cookie ? { cookie } : {}),
        ...this.#headers,
        ...(init.headers as Record<string, string>),
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? []
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }
    return response
  }

  /** Signs in with a password alone. */
  async signIn(email: string = ADMIN.email, password: string = ADMIN.password): Promise<this> {
    await this.api(routes.login, { body: { email, password } })
    return this
  }

  /** Whether the session counts. */
  async isSignedIn(): Promise<boolean> {
    return (await this.fetch('/api/auth/me')).status === 200
  }
}
