import { Worker } from 'node:worker_threads'
import { limits } from '@bifrost/contract'
import type { Redactor } from './redactor.ts'

const PROGRAM = new URL('./thread-main.ts', import.meta.url)
const IDLE_MS = 30_000
/** Texts are up to 8 MB, and the thread has a copy, the parsed value and the new text. */
const HEAP_MB_MAX = 512

export interface RedactionRequest {
  id: number
  /** The same for the same process of author's code. */
  redactor: number
  /** All that it knows. */
  secrets: readonly string[]
  json: string
}
export type RedactionAnswer = { id: number; json: string } | { id: number; problem: string }

interface Waiting {
  resolve(json: string): void
  reject(error: Error): void
}

/**
 * Searches large texts for secrets on a thread of its own, so that the server continues everybody else's work. The first
 * large text starts it, and it ends when idle.
 */
export class RedactionThread {
  #thread: Worker | null = null
  #idle: NodeJS.Timeout | undefined
  readonly #waiting = new Map<number, Waiting>()
  readonly #ids = new WeakMap<Redactor, number>()
  #nextId = 1

  /** JSON text without the secrets; at once when it is short or there are none. */
  json(redactor: Redactor, text: string): string | Promise<string> {
    if (redactor.isEmpty || text.length <= limits.redactionLengthMax) return redactor.json(text)
    return this.#ask(redactor, text)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#gone(thread, new Error('The server was stopped.'))
    await thread?.terminate()
  }

  #ask(redactor: Redactor, json: string): Promise<string> {
    clearTimeout(this.#idle)
    this.#thread ??= this.#start()
    const id = this.#nextId++
    const known = this.#ids.get(redactor) ?? id
    this.#ids.set(redactor, known)
    const request: RedactionRequest = { id, redactor: known, secrets: redactor.secrets, json }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#thread?.ref()
      this.#thread?.postMessage(request)
    })
  }

  #start(): Worker {
    const thread = new Worker(PROGRAM, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
      // Nothing of the platform's settings is needed there.
      env: {},
    })
    thread.on('message', (answer: RedactionAnswer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if ('json' in answer) waiting?.resolve(answer.json)
      else waiting?.reject(new Error(answer.problem))
      if (this.#waiting.size === 0) this.#rest()
    })
    thread.on('error', (error) => this.#gone(thread, error as Error))
    thread.on('exit', () => this.#gone(thread, new Error('The thread that hides secrets ended.')))
    return thread
  }

  #rest(): void {
    this.#thread?.unref()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.stop(), IDLE_MS).unref()
  }

  /** Without an answer nothing is shown: what waited fails. */
  #gone(thread: Worker | null, error: Error): void {
    if (this.#thread !== thread) return
    this.#thread = null
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }
}
