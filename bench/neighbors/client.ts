import { Agent, type IncomingMessage, request } from 'node:http'

/** How to call the platform, acting in an organization. */
export interface Caller {
  url: string
  apiKey: string
  /** Absent: where the key is at home. */
  orgId?: string
}

export interface Answered {
  status: number
  text: string
}

// One connection for each call that is under way: a pool of few would bound the load by itself.
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

const headersOf = ({ apiKey, orgId }: Caller) => ({
  authorization: `Bearer ${apiKey}`,
  ...(orgId === undefined ? {} : { 'bifrost-scope': orgId }),
})

/** One call, read to its end. Rejects when there is no answer. */
export function call(caller: Caller, method: string, path: string, body?: unknown): Promise<Answered> {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = {
      ...headersOf(caller),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    }
    const sent = request(caller.url + path, { method, headers, agent }, (response) => {
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        // What floods sends is counted, not kept.
        if (answer.length < 1_000_000) answer += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: answer }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

/** The same for a call that has to succeed. */
export async function good<T>(caller: Caller, method: string, path: string, body?: unknown): Promise<T> {
  const { status, text } = await call(caller, method, path, body)
  if (status >= 400) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 300)}`)
  return (text === '' ? null : JSON.parse(text)) as T
}

/** Opens a stream and reads nothing of it; null when it is refused. */
export function openStream(caller: Caller, path: string): Promise<IncomingMessage | null> {
  return new Promise((resolve) => {
    const sent = request(
      caller.url + path,
      { headers: headersOf(caller), agent: new Agent({ keepAlive: false }) },
      (response) => {
        response.on('error', () => {})
        if (response.statusCode === 200) return resolve(response.resume())
        response.resume()
        resolve(null)
      },
    )
    sent.on('error', () => resolve(null))
    sent.end()
  })
}
