import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { familyOf } from '../processes.ts'

const checkout = join(import.meta.dirname, '../..')

export interface PartOptions {
  as: 'start' | 'api' | 'worker' | 'scheduler'
  env: NodeJS.ProcessEnv
}

/** One process of the platform that is started again whenever it is gone, as a supervisor does. */
export class Part {
  readonly as: PartOptions['as']
  readonly #env: NodeJS.ProcessEnv
  #process: ChildProcess | null = null
  #stopping = false
  #gone: Promise<void> = Promise.resolve()
  /** What it said last, for when it does not come back. */
  said = ''
  url = ''

  constructor({ as, env }: PartOptions) {
    this.as = as
    this.#env = env
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.#gone = this.#keepRunning()
    while (!this.isReady) {
      if (this.#stopping) throw new Error(`${this.as} was stopped`)
      await sleep(20)
    }
  }

  get isReady(): boolean {
    return / is ready/.test(this.said) && this.#process !== null
  }

  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** The processes in which it runs code of workflows. */
  children(): number[] {
    return this.pid === null
      ? []
      : familyOf(this.pid).filter((pid) => /bifrost-runtime|bifrost_child/.test(commandOf(pid)))
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.signal('SIGCONT')
    this.signal('SIGTERM')
    const late = setTimeout(() => this.signal('SIGKILL'), 15_000)
    await this.#gone
    clearTimeout(late)
  }

  async #keepRunning(): Promise<void> {
    while (!this.#stopping) {
      this.said = ''
      const started = spawn(process.execPath, ['--no-warnings', 'packages/cli/src/main.ts', this.as], {
        cwd: checkout,
        env: this.#env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      this.#process = started
      for (const stream of [started.stdout, started.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          this.said = (this.said + text).slice(-20_000)
          const port = /ready on http:\/\/localhost:(\d+)/.exec(this.said)?.[1]
          if (port) this.url = `http://127.0.0.1:${port}`
        })
      await new Promise((resolve) => started.once('close', resolve))
      this.#process = null
      if (!this.#stopping) await sleep(100)
    }
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
