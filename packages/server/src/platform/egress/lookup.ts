import * as dns from 'node:dns'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Lookup } from './checked-lookup.ts'

// The system's own lookup takes one of four threads that all files and passwords of this process share, for as long as
// any name server likes. So names are asked for on a socket first, and few of the others are under way at once.

const resolver = new dns.promises.Resolver({ timeout: 3000, tries: 2 })
const THREADS_MAX = 2
const WAITING_MAX = 200
const HOSTS_MS = 10_000

type Addresses = dns.LookupAddress[]

/** Looks a name up as the system does: its hosts file, DNS, and then whatever else the system knows. */
export const lookupName: Lookup = (host, _options, callback) => {
  find(host).then(
    (addresses) => callback(null, addresses),
    (error: NodeJS.ErrnoException) => callback(error, []),
  )
}

async function find(host: string): Promise<Addresses> {
  const name = host.toLowerCase().replace(/\.$/, '')
  const known = (await hostsFile()).get(name)
  if (known) return known
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const addresses = answers.flatMap((answer, index) =>
    answer.status === 'fulfilled'
      ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
      : [],
  )
  if (addresses.length > 0) return addresses
  for (const answer of answers)
    if (answer.status === 'rejected' && SLOW.has((answer.reason as NodeJS.ErrnoException).code ?? ''))
      throw Object.assign(new Error(`The name servers do not answer for ${name}.`), { code: 'EAI_AGAIN' })
  // Such as a short name that the system completes, or one of the local network.
  return onThread(() => dns.promises.lookup(host, { all: true }))
}

/** What the system's own lookup would only wait for again. */
const SLOW = new Set(['ETIMEOUT', 'ESERVFAIL', 'EREFUSED'])

let running = 0
const waiting: (() => void)[] = []

async function onThread(work: () => Promise<Addresses>): Promise<Addresses> {
  if (waiting.length >= WAITING_MAX)
    throw Object.assign(new Error('Too many names are being looked up at once. Try again.'), {
      code: 'EAI_AGAIN',
    })
  if (running >= THREADS_MAX) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    // The place goes to the next one as it is.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

let hosts: { atMs: number; names: Promise<Map<string, Addresses>> } | null = null

function hostsFile(): Promise<Map<string, Addresses>> {
  const now = performance.now()
  if (!hosts || now - hosts.atMs > HOSTS_MS) hosts = { atMs: now, names: readHosts() }
  return hosts.names
}

async function readHosts(): Promise<Map<string, Addresses>> {
  const names = new Map<string, Addresses>()
  for (const line of (await readFile('/etc/hosts', 'utf8').catch(() => '')).split('\n')) {
    const [address = '', ...all] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family > 0)
      for (const name of all)
        names.set(name.toLowerCase(), [...(names.get(name.toLowerCase()) ?? []), { address, family }])
  }
  return names
}
