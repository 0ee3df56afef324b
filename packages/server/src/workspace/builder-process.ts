import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { ContainedProcess, ContainedProgram } from '../platform/containment/containment.ts'
import { BuildError } from './builder/build-error.ts'
import type { BuilderAnswer, BuilderCall, BuilderCalls, BuilderRequest } from './builder/messages.ts'
import { PROGRESS_FD } from './builder/messages.ts'
import { type Usage, usageOf } from './process-usage.ts'

/** How much one request may take. Processor time counts, so that a busy machine blames no request; time as such has a wider limit. */
export interface Budget {
  cpuMs: number
  /** Of the work on one file. */
  fileCpuMs: number
  /** All processes of the builder together. */
  residentBytes: number
}

/** Time as such, as a multiple of the processor time: reading a pipe takes none and lasts for ever. */
const WALL_FACTOR = 3
const WATCH_MS = 200
const LAST_WORDS_MAX = 2_000
/** Paths that one request may report; a bundle of more is judged by its first ones. */
const REPORTED_MAX = 5_000

/** Why a process did not answer. */
export type EndReason = 'crash' | 'memory' | 'file-time' | 'time' | 'stopped'

/** The process ended before it answered: by itself, or because it took more than it may. */
export class BuilderEndedError extends Error {
  override readonly name = 'BuilderEndedError'
  readonly reason: EndReason
  /** The file that it worked on, as a path of the workspace. */
  readonly at: string | null
  /** All files that it had reported. */
  readonly reported: ReadonlySet<string>
  /** Of the request's time. */
  readonly spentMs: number

  constructor(
    message: string,
    end: { reason: EndReason; at: string | null; reported: ReadonlySet<string>; spentMs: number },
  ) {
    super(message)
    this.reason = end.reason
    this.at = end.at
    this.reported = end.reported
    this.spentMs = end.spentMs
  }
}

/** The channel for requests and answers, and the one for progress, at their descriptors. */
export const BUILDER_STDIO: ContainedProgram['stdio'] = ['ignore', 'ignore', 'pipe', 'ipc', 'pipe']

export interface StartedBuilder extends ContainedProcess {
  /** Whether what it sees is still what is there: a folder that was made again is another one. */
  isCurrent(): boolean
}

export interface BuilderProcessOptions {
  /** Starts the builder program, in a process group of its own and with BUILDER_STDIO. */
  start: () => StartedBuilder
  /** Ends the process after so long without a request; its memory is worth more than its start. */
  idleMs: number
}

interface Request {
  id: number
  call: BuilderCall
  resolve(value: unknown): void
  reject(error: Error): void
  budget: Budget
  watch: NodeJS.Timeout
  begunAt: number
  begunCpuMs: number
  /** As of the last look. */
  spentMs: number
  at: { path: string; since: number; sinceCpuMs: number | null }
  reported: Set<string>
  reason: EndReason
}

/** One builder process: started by the first request, ended when idle, started again after a crash. One request at a time. */
export class BuilderProcess {
  readonly #options: BuilderProcessOptions
  #request: Request | null = null
  #child: ChildProcess | null = null
  #isCurrent: () => boolean = () => true
  #ended: Promise<unknown> = Promise.resolve()
  #isEnding = false
  #idle: NodeJS.Timeout | undefined
  #idleMs: number
  #nextId = 1
  #stopped = false

  constructor(options: BuilderProcessOptions) {
    this.#options = options
    this.#idleMs = options.idleMs
  }

  /** From now on it ends after so long without a request, or after what its options say where that is sooner. */
  endAfter(idleMs: number): void {
    this.#idleMs = Math.min(idleMs, this.#options.idleMs)
  }

  /** The process id while it runs; for tests and for `bifrost doctor`. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Asks once. Rejects with a BuilderEndedError when the process did not live to answer. */
  async ask<C extends BuilderCall>(
    call: C,
    args: BuilderCalls[C]['args'],
    budget: Budget,
  ): Promise<BuilderCalls[C]['answer']> {
    if (this.#child && !this.#request && !this.#isEnding && !this.#isCurrent()) {
      this.#child.ref()
      this.#kill(this.#child)
    }
    // Its predecessor has ended before it begins: their number is limited.
    if (this.#isEnding) await this.#ended
    if (this.#stopped) throw new Error('The builder was stopped.')
    if (this.#request) throw new Error('A builder process answers one request at a time.')
    const child = this.#running()
    const id = this.#nextId++
    const request: BuilderRequest<C> = { id, call, args }
    return new Promise((resolve, reject) => {
      const now = performance.now()
      this.#request = {
        id,
        call,
        resolve: resolve as (value: unknown) => void,
        reject,
        budget,
        watch: setInterval(() => this.#watch(), WATCH_MS),
        begunAt: now,
        begunCpuMs: this.#usage()?.cpuMs ?? 0,
        spentMs: 0,
        at: { path: '', since: now, sinceCpuMs: null },
        reported: new Set(),
        reason: 'crash',
      }
      this.#holdLoop(child)
      child.send(request, (error) => {
        if (error) this.#gone(child, error.message)
      })
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.end()
  }

  /** Ends the process; the next request starts another one. */
  async end(): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    if (child) {
      child.ref()
      if (this.#request) this.#request.reason = 'stopped'
      this.#kill(child)
    }
    await this.#ended
  }

  #running(): ChildProcess {
    clearTimeout(this.#idle)
    if (this.#child) return this.#child
    const { process: child, clear, onExceeded, isCurrent } = this.#options.start()
    this.#isCurrent = isCurrent
    onExceeded(({ code, message }) => {
      if (this.#child !== child) return
      lastWords = message
      if (this.#request && code === 'out_of_memory') this.#request.reason = 'memory'
      this.#kill(child)
    })
    let lastWords = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_MAX)
    })
    this.#listen(child)
    child.on('message', (answer: BuilderAnswer) => this.#answered(answer))
    child.on('error', (error) => this.#gone(child, error.message))
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      clear()
      this.#gone(child, `The builder process ended (${signal ?? code}). ${lastWords}`.trim())
    }, clear)
    this.#child = child
    return child
  }

  #listen(child: ChildProcess): void {
    let rest = ''
    const progress = child.stdio[PROGRESS_FD] as NodeJS.ReadableStream | null
    progress?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = (lines.pop() ?? '').slice(-LAST_WORDS_MAX)
      const request = this.#request
      if (!request || this.#child !== child) return
      for (const path of lines) if (path && request.reported.size < REPORTED_MAX) request.reported.add(path)
      const path = lines.at(-1)
      if (path !== undefined) request.at = { path, since: performance.now(), sinceCpuMs: null }
    })
    progress?.on('error', () => {})
  }

  #usage(): Usage | null {
    return this.#child?.pid === undefined ? null : usageOf(this.#child.pid)
  }

  /** Looks whether the request has taken more than it may, and ends the process then. */
  #watch(): void {
    const request = this.#request
    const child = this.#child
    if (!request || !child) return
    const { budget, at } = request
    const now = performance.now()
    const usage = this.#usage()
    if (usage && at.sinceCpuMs === null) at.sinceCpuMs = usage.cpuMs
    request.spentMs = usage ? usage.cpuMs - request.begunCpuMs : (now - request.begunAt) / WALL_FACTOR
    const over = (cpuMs: number, fromMs: number, fromCpuMs: number | null) =>
      now - fromMs > cpuMs * WALL_FACTOR ||
      (usage !== null && usage.cpuMs - (fromCpuMs ?? usage.cpuMs) > cpuMs)
    if (usage && usage.residentBytes > budget.residentBytes) request.reason = 'memory'
    else if (at.path && over(budget.fileCpuMs, at.since, at.sinceCpuMs)) request.reason = 'file-time'
    else if (over(budget.cpuMs, request.begunAt, request.begunCpuMs)) request.reason = 'time'
    else return
    clearInterval(request.watch)
    this.#kill(child)
  }

  #answered(answer: BuilderAnswer): void {
    const request = this.#request
    if (!request || request.id !== answer.id) return
    this.#settled(request)
    if (answer.ok) request.resolve(answer.value)
    else if (answer.note) request.reject(new BuildError(answer.note))
    else {
      // What it knows of the files may be wrong from now on.
      if (this.#child) this.#kill(this.#child)
      request.reject(endOf(request, answer.message, 'crash'))
    }
  }

  #settled(request: Request): void {
    clearInterval(request.watch)
    this.#request = null
    if (this.#child) this.#rest(this.#child)
  }

  #gone(child: ChildProcess, message: string): void {
    if (this.#child !== child) return
    this.#child = null
    this.#isEnding = false
    clearTimeout(this.#idle)
    const request = this.#request
    if (!request) return
    this.#settled(request)
    const { reason } = request
    if (reason === 'stopped') request.reject(new Error('The builder was stopped.'))
    else {
      const outOfMemory = reason === 'crash' && message.includes('heap out of memory')
      request.reject(endOf(request, message, outOfMemory ? 'memory' : reason))
    }
  }

  /** With all that it started: the bundler's own service is a process of its own. */
  #kill(child: ChildProcess): void {
    this.#isEnding = true
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }

  /** While it has work it keeps this process alive; idle it does not. */
  #holdLoop(child: ChildProcess): void {
    child.ref()
    child.channel?.ref()
  }

  #rest(child: ChildProcess): void {
    child.unref()
    child.channel?.unref()
    for (const stream of [child.stderr, child.stdio[PROGRESS_FD]])
      (stream as { unref?(): void } | null)?.unref?.()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.end(), this.#idleMs).unref()
  }
}

const endOf = ({ at, reported, spentMs }: Request, message: string, reason: EndReason): BuilderEndedError =>
  new BuilderEndedError(message, {
    reason,
    at: at.path || null,
    reported,
    spentMs: Math.max(spentMs, WATCH_MS),
  })
