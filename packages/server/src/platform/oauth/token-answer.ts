type Json = Record<string, unknown>
type Fetch = (url: string, init: { body?: unknown }) => Promise<Response>

const MS_PER_YEAR = 365 * 24 * 60 * 60 * 1000
const SECONDS_MAX = (10 * MS_PER_YEAR) / 1000

/**
 * The same fetch, whose answers of token endpoints have the form that RFC 6749 gives them. Large providers answer
 * otherwise, and the library refuses what it does not expect.
 */
export const withPlainTokenAnswers =
  <F extends Fetch>(fetch: F): Fetch =>
  async (url, init) => {
    const response = await fetch(url, init)
    const { body } = init
    return body instanceof URLSearchParams && body.has('grant_type') ? plainTokenAnswer(response) : response
  }

/** What is no answer to a request for a token, such as a page of HTML, stays as it is. */
export async function plainTokenAnswer(response: Response): Promise<Response> {
  const text = await response.text()
  const headers = new Headers(response.headers)
  // Of the text as it was sent; it is decoded by now.
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  const said = parsed(text, headers.get('content-type') ?? '')
  const answer = said && plainAnswer(said, response.status)
  if (!answer)
    return new Response(mayHaveBody(response.status) ? text : null, { status: response.status, headers })
  headers.set('content-type', 'application/json')
  // The challenge would hide what the body says.
  if (answer.status >= 400) headers.delete('www-authenticate')
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers })
}

const mayHaveBody = (status: number): boolean => status !== 204 && status !== 205 && status !== 304

/** Some say JSON and mean a form, or the other way round; what it is, the text tells. */
function parsed(text: string, type: string): Json | null {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  try {
    const value: unknown = JSON.parse(trimmed)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
  } catch {
    const isForm = !/html|xml/i.test(type) && /^[\w.-]+=[^\s<>]*$/.test(trimmed)
    return isForm ? Object.fromEntries(new URLSearchParams(trimmed)) : null
  }
}

function plainAnswer(said: Json, status: number): { status: number; body: Json } | null {
  if (status >= 200 && status < 300 && text(said['access_token'])) return { status: 200, body: grant(said) }
  const body = refusal(said)
  if (!body) return null
  // GitHub, Slack and others refuse with 200.
  return { status: status >= 400 ? status : 400, body }
}

/** Members that say nothing, or nothing that can be understood, are left out: each but the token itself may be missing. */
function grant(said: Json): Json {
  const type = text(said['token_type'])?.toLowerCase()
  const seconds = Number.parseFloat(String(said['expires_in']))
  const { scope } = said
  const found = {
    access_token: said['access_token'],
    // Whatever else they call it ("bot", "user", nothing), it is sent as a bearer token.
    token_type: type === 'dpop' ? type : 'bearer',
    // Never (0, a date far away) is told apart from soon; when it ends after all, a call is refused and it is refreshed.
    expires_in: seconds > 0 && seconds <= SECONDS_MAX ? seconds : undefined,
    refresh_token: text(said['refresh_token']),
    scope: Array.isArray(scope) ? scope.filter((one) => text(one)).join(' ') || undefined : text(scope),
    id_token: text(said['id_token']),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** An error is a code, or an object with one; null: it says none. */
function refusal({ error, error_description, message }: Json): Json | null {
  if (typeof error === 'object' && error !== null) {
    const { code, type, message: inner } = error as Json
    return refusal({ error: text(type) ?? text(code) ?? 'refused', error_description: inner })
  }
  const code = text(error)
  if (!code) return null
  const description = text(error_description) ?? text(message)
  return { error: code, ...(description ? { error_description: description } : {}) }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
