import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from './load.ts'
import type { Place, Postgres } from './postgres.ts'

const folder = join(import.meta.dirname, 'peers')
const INSTALL_TIMEOUT_MS = 5 * 60_000
const START_TIMEOUT_MS = 90_000

export interface Drain {
  acceptedPerSecond: number
  drainedPerSecond: number
  bothPerSecond: number
}

/** Another system, running; see peers/host.mjs for what an adapter gives. */
export interface Peer {
  name: string
  /** Where to call it, when it is called over HTTP. */
  target: Target | null
  callInTurn(calls: number): Promise<Float64Array>
  callAtOnce(atOnce: number, forMs: number): Promise<number>
  drain(runs: number): Promise<Drain>
}

interface HttpEntry {
  port: number
  path: string
  headers: Record<string, string>
  body: string
  contains?: string
}

export class Peers {
  readonly #postgres: Postgres
  readonly #scratch: string
  readonly #off: (name: string) => string | null
  readonly #installed = new Map<string, Promise<string | null>>()
  #running: Host | null = null

  /** `off`: why a peer is not to be measured. */
  constructor(postgres: Postgres, scratch: string, off: (name: string) => string | null) {
    this.#postgres = postgres
    this.#scratch = scratch
    this.#off = off
  }

  /**
   * Starts a peer (`name` or `name:variant`), measures with it, stops it. Answers the reason instead when it cannot be
   * installed, started or measured: the benchmark continues without it.
   */
  async use<T>(name: string, measure: (peer: Peer) => Promise<T>): Promise<T | string> {
    const off = this.#off(name)
    if (off) return off
    const problem = await this.#install(name === 'n8n' ? join(folder, 'n8n') : folder)
    if (problem) return problem
    const place = await this.#place(name)
    const [adapter = name, variant = ''] = name.split(':')
    const host = new Host(adapter, variant)
    this.#running = host
    try {
      await host.ready
      const entry = (await host.call('start', [place], START_TIMEOUT_MS)) as HttpEntry | undefined
      await this.#postgres.settle()
      return await measure({
        name,
        target: entry ? { host: '127.0.0.1', method: 'POST', status: 200, ...entry } : null,
        callInTurn: (calls) => host.call('callInTurn', [calls]) as Promise<Float64Array>,
        callAtOnce: (atOnce, forMs) => host.call('callAtOnce', [atOnce, forMs]) as Promise<number>,
        drain: (runs) => host.call('drain', [runs]) as Promise<Drain>,
      })
    } catch (error) {
      return `${name}: ${error instanceof Error ? error.message : String(error)}`
        .split('\n')
        .slice(0, 3)
        .join(' ')
    } finally {
      await this.stop()
      await rm(place.folder, { recursive: true, force: true })
    }
  }

  /** Stops the peer that runs, if one does, whatever it is doing. */
  async stop(): Promise<void> {
    const host = this.#running
    this.#running = null
    await host?.stop()
  }

  #install(packageFolder: string): Promise<string | null> {
    const known = this.#installed.get(packageFolder)
    if (known) return known
    const installing = install(packageFolder)
    this.#installed.set(packageFolder, installing)
    return installing
  }

  async #place(name: string): Promise<Place & { folder: string }> {
    const own = name.replaceAll(/\W/g, '_')
    const place = await this.#postgres.database(`peer_${own}_${Date.now()}`)
    const peerFolder = join(this.#scratch, own)
    await mkdir(peerFolder, { recursive: true })
    return { ...place, folder: peerFolder }
  }
}

/** The process of one adapter. */
class Host {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #calls = 0
  #errorText = ''
  readonly ready: Promise<unknown>

  constructor(adapter: string, variant: string) {
    this.#process = fork(join(folder, 'host.mjs'), [adapter, variant], {
      cwd: folder,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    })
    this.ready = this.#answer(0, START_TIMEOUT_MS)
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk).slice(-2_000)
    })
    this.#process.on('message', (message) => {
      const { id, value, error } = message as { id: number; value?: unknown; error?: string }
      const call = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) call?.resolve(value)
      else call?.reject(new Error(error))
    })
    this.#process.on('exit', () => {
      const said = /^\w*Error.*$/m.exec(this.#errorText)?.[0] ?? this.#errorText.trim()
      for (const { reject } of this.#waiting.values()) reject(new Error(`ended: ${said || 'without a word'}`))
      this.#waiting.clear()
    })
  }

  call(method: string, args: unknown[], timeoutMs = 180_000): Promise<unknown> {
    this.#calls += 1
    const answer = this.#answer(this.#calls, timeoutMs)
    this.#process.send({ id: this.#calls, method, args })
    return answer
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    // Its answer to a disconnect is to stop what it started, and to end.
    if (this.#process.connected) this.#process.disconnect()
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(deadline)
  }

  #answer(id: number, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      )
      this.#waiting.set(id, {
        resolve(value) {
          clearTimeout(deadline)
          resolve(value)
        },
        reject(error) {
          clearTimeout(deadline)
          reject(error)
        },
      })
    })
  }
}

/** Installs the peers when their package.json is not what is installed; answers why it could not. */
async function install(packageFolder: string): Promise<string | null> {
  const wanted = await readFile(join(packageFolder, 'package.json'), 'utf8')
  const stamp = join(packageFolder, 'node_modules', '.bench-installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return null
  const { name } = JSON.parse(wanted) as { name: string }
  process.stdout.write(`Installing ${name} (once; 0.3 to 1.8 GB) …\n`)
  // Optional dependencies: one that cannot be had does not keep the others out. No install script is needed.
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--loglevel=error',
  ]
  const problem = await new Promise<string | null>((resolve) => {
    execFile('npm', args, { cwd: packageFolder, timeout: INSTALL_TIMEOUT_MS }, (error, _, said) => {
      resolve(error ? (/npm error (?!code)(.*)/.exec(said)?.[1] ?? error.message) : null)
    })
  })
  if (problem) return `npm install of ${name} failed: ${problem}`
  await writeFile(stamp, wanted)
  return null
}
