import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { BuildError } from './builder/build-error.ts'
import type { BuilderAnswer, BuilderCall, BuilderCalls, BuilderRequest } from './builder/messages.ts'

const program = fileURLToPath(new URL('./builder/main.ts', import.meta.url))

/** The process went away before it answered: crashed, out of memory, or killed because it took too long. */
export class BuilderGoneError extends Error {
  override readonly name = 'BuilderGoneError'
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

export interface BuilderProcessOptions {
  workspaceDir: string
  /** Ends the process after so long without a request; its memory is worth more than its start. */
  idleMs: number
  log: (message: string) => void
  cacheDir: string | undefined
  /** Options of Node, such as for its memory. */
  nodeOptions: readonly string[]
}

/** One builder process: started by the first request, ended when idle, started anew after a crash. */
export class BuilderProcess {
  readonly #options: BuilderProcessOptions
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess | null = null
  #idle: NodeJS.Timeout | undefined
  #nextId = 1
  #stopped = false

  constructor(options: BuilderProcessOptions) {
    this.#options = options
  }

  /** The process id while it runs; for tests and for `bifrost doctor`. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Asks, and once more when the process crashed under it. A request that timed out is not repeated. */
  async ask<C extends BuilderCall>(
    call: C,
    args: BuilderCalls[C]['args'],
    timeoutMs: number,
  ): Promise<BuilderCalls[C]['answer']> {
    try {
      return await this.#askOnce(call, args, timeoutMs)
    } catch (error) {
      if (!(error instanceof BuilderGoneError) || this.#stopped) throw error
      this.#options.log(`The builder process ended while it worked on "${call}"; trying once more.`)
      return await this.#askOnce(call, args, timeoutMs)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#end()
  }

  #askOnce<C extends BuilderCall>(
    call: C,
    args: BuilderCalls[C]['args'],
    timeoutMs: number,
  ): Promise<BuilderCalls[C]['answer']> {
    if (this.#stopped) return Promise.reject(new Error('The builder was stopped.'))
    const child = this.#running()
    const id = this.#nextId++
    const request: BuilderRequest<C> = { id, call, args }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#overtime(id, call, timeoutMs), timeoutMs)
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer })
      this.#holdLoop(child)
      child.send(request, (error) => {
        if (error) this.#settle(id)?.reject(new BuilderGoneError(error.message))
      })
    })
  }

  #running(): ChildProcess {
    clearTimeout(this.#idle)
    if (this.#child) return this.#child
    const child = fork(program, [this.#options.workspaceDir], {
      // No signal opens its debugger.
      execArgv: ['--disable-sigusr1', ...this.#options.nodeOptions],
      // Nothing of the platform's own environment: what it reads was written by somebody else.
      env: {
        PATH: process.env['PATH'] ?? '',
        TMPDIR: process.env['TMPDIR'] ?? '/tmp',
        ...(this.#options.cacheDir && { NODE_COMPILE_CACHE: this.#options.cacheDir }),
      },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let lastWords = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-2_000)
    })
    child.on('message', (answer: BuilderAnswer) => this.#answered(answer))
    child.on('error', (error) => this.#gone(child, error.message))
    child.on('exit', (code, signal) =>
      this.#gone(child, `The builder process ended (${signal ?? code}). ${lastWords}`.trim()),
    )
    this.#child = child
    return child
  }

  #answered(answer: BuilderAnswer): void {
    const waiting = this.#settle(answer.id)
    if (!waiting) return
    if (answer.ok) waiting.resolve(answer.value)
    else waiting.reject(answer.note ? new BuildError(answer.note) : new Error(answer.message))
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    clearTimeout(waiting.timer)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0 && this.#child) this.#rest(this.#child)
    return waiting
  }

  #overtime(id: number, call: BuilderCall, timeoutMs: number): void {
    this.#settle(id)?.reject(new Error(`"${call}" took longer than ${timeoutMs / 1000} s and was given up.`))
    this.#child?.kill('SIGKILL')
  }

  #gone(child: ChildProcess, message: string): void {
    if (this.#child !== child) return
    this.#child = null
    clearTimeout(this.#idle)
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new BuilderGoneError(message))
  }

  /** While it has work it keeps this process alive; idle it does not. */
  #holdLoop(child: ChildProcess): void {
    child.ref()
    child.channel?.ref()
  }

  #rest(child: ChildProcess): void {
    child.unref()
    child.channel?.unref()
    ;(child.stderr as { unref?(): void } | null)?.unref?.()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.#end(), this.#options.idleMs).unref()
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    if (!child) return
    this.#child = null
    for (const id of [...this.#waiting.keys()])
      this.#settle(id)?.reject(new Error('The builder was stopped.'))
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.ref()
    child.kill('SIGKILL')
    await ended
  }
}
