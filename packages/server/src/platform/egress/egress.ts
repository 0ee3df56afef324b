import net from 'node:net'
import { type EgressRules, egressRules, limits, nextHop } from '@bifrost/contract'
import { Agent, buildConnector, fetch as undiciFetch } from 'undici'
import { checkedLookup, type Lookup } from './checked-lookup.ts'
import { EgressError } from './egress-error.ts'
import { limitBody } from './limit-body.ts'
import { lookupName } from './lookup.ts'

export type { Lookup } from './checked-lookup.ts'

/** What may differ from one outbound call to the next. */
export interface EgressOptions {
  /** All hops together, until the whole answer is read. */
  timeoutMs?: number
  /** Of the answer, after decompression. */
  bytesMax?: number
  redirectsMax?: number
  /** What this organization may reach beside the public internet. */
  allow?: readonly string[]
}

/**
 * The way out for every call that the platform makes for a user: a fetch whose connections go to checked addresses
 * only. The check is in the connector, so it holds for each hop, and the name is not resolved a second time.
 */
export interface Egress {
  fetch(url: string | URL, init?: RequestInit, options?: EgressOptions): Promise<Response>
  /** Whether a rule opened this very host: also plain http may be spoken with it. */
  opens(url: URL, allow?: readonly string[]): boolean
  close(): Promise<void>
}

export function createEgress({
  allow,
  lookup = lookupName,
}: {
  allow: readonly string[]
  lookup?: Lookup
}): Egress {
  const installation = egressRules(net, allow)
  const agents = new Map<string, Agent>()
  const agentOf = (extra: readonly string[]) => {
    const key = extra.join(' ')
    let agent = agents.get(key)
    if (!agent) {
      agent = newAgent(egressRules(net, [...allow, ...extra]), lookup)
      agents.set(key, agent)
    }
    return agent
  }
  return {
    fetch: (url, init = {}, options = {}) =>
      follow(agentOf(options.allow ?? []), new URL(url), init, options),
    opens: (url, extra = []) =>
      (extra.length === 0 ? installation : egressRules(net, [...allow, ...extra])).opens(
        url.hostname,
        Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      ),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

function newAgent(rules: EgressRules, lookup: Lookup): Agent {
  const connectors = new Map<number, buildConnector.connector>()
  const connectorOf = (port: number) => {
    let connector = connectors.get(port)
    if (!connector) {
      connector = buildConnector({
        timeout: limits.egressConnectTimeoutMs,
        lookup: checkedLookup(rules, lookup, port),
      })
      connectors.set(port, connector)
    }
    return connector
  }
  return new Agent({
    keepAliveTimeout: 4000,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[(.*)\]$/, '$1')
      const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80)
      // An address is not looked up, so it is checked here.
      const refusal = net.isIP(host) === 0 ? null : rules.refusal({ host, address: host, port })
      if (refusal) callback(new EgressError(refusal), null)
      else connectorOf(port)(options, callback)
    },
  })
}

/** Redirects are followed by hand: credentials stay with their host, and the number of hops has a limit. */
async function follow(
  agent: Agent,
  first: URL,
  init: RequestInit,
  options: EgressOptions,
): Promise<Response> {
  const { timeoutMs = limits.egressTimeoutMs, redirectsMax = limits.egressRedirectsMax } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  let url = first.href
  let method = (init.method ?? 'GET').toUpperCase()
  let headers = new Headers(init.headers)
  let body = init.body ?? null
  for (let hop = 0; ; hop++) {
    if (!/^https?:$/.test(new URL(url).protocol))
      throw new EgressError(`${url.slice(0, 200)}: only http and https are supported.`)
    const response = (await undiciFetch(url, {
      ...(init as object),
      method,
      headers: [...headers],
      body: body as never,
      redirect: 'manual',
      signal,
      dispatcher: agent,
    }).catch((error: unknown) => {
      throw causeOf(error, timeout)
    })) as unknown as Response
    const next = nextHop(
      { url, method, headers, hasBody: body !== null },
      response.status,
      response.headers.get('location'),
    )
    if (!next || init.redirect === 'manual')
      return limitBody(response, options.bytesMax ?? limits.egressBytesMax)
    await response.body?.cancel()
    if (init.redirect === 'error' || hop >= redirectsMax)
      throw new EgressError(
        init.redirect === 'error'
          ? `${first.origin} answered with a redirect, which is not followed here.`
          : `${first.origin} redirected more than ${redirectsMax} times.`,
      )
    if (next.keepsBody && body instanceof ReadableStream)
      throw new EgressError(`${first.origin} redirected a request whose body can be sent only once.`)
    url = next.url
    method = next.method
    headers = next.headers
    if (!next.keepsBody) body = null
  }
}

/** What was wrong, instead of "fetch failed". */
function causeOf(error: unknown, timeout: AbortSignal): unknown {
  if (timeout.aborted) return new EgressError('The server took too long to answer.')
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof EgressError) return cause
  return error
}
