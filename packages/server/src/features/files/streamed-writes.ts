import { PassThrough, type Readable } from 'node:stream'
import { AppError, type FileInfo } from '@bifrost/contract'
import { newId } from '../../platform/ids.ts'

const IDLE_MS = 5 * 60_000
const OPEN_MAX = 8

interface OpenWrite {
  caller: string
  content: PassThrough
  written: Promise<FileInfo>
  timer: NodeJS.Timeout
}

/** Files that runs write part by part. What a run does not close in time is dropped. */
export class StreamedWrites {
  readonly #open = new Map<string, OpenWrite>()

  open(caller: string, write: (content: Readable) => Promise<FileInfo>): string {
    const own = [...this.#open.values()].filter((one) => one.caller === caller)
    if (own.length >= OPEN_MAX)
      throw new AppError('bad_request', `A run may write at most ${OPEN_MAX} files at once. Close one first.`)
    const content = new PassThrough()
    const written = write(content)
    const id = newId()
    const timer = setTimeout(() => content.destroy(new Error('the write was not continued')), IDLE_MS).unref()
    this.#open.set(id, { caller, content, written, timer })
    // What went wrong is told with the next part; the entry goes once that was told, or when no next part comes.
    written.catch(() => setTimeout(() => this.#open.delete(id), IDLE_MS).unref())
    content.on('error', () => {})
    return id
  }

  async append(caller: string, id: string, part: Buffer): Promise<void> {
    const { content, written, timer } = this.#find(caller, id)
    timer.refresh()
    if (content.destroyed) await written
    if (content.write(part)) return
    await Promise.race([new Promise((resolve) => content.once('drain', resolve)), written])
  }

  async close(caller: string, id: string): Promise<FileInfo> {
    const { content, written } = this.#take(caller, id)
    content.end()
    return written
  }

  async drop(caller: string, id: string): Promise<void> {
    const { content, written } = this.#take(caller, id)
    content.destroy(new Error('dropped by the run'))
    await written.catch(() => {})
  }

  #take(caller: string, id: string): OpenWrite {
    const found = this.#find(caller, id)
    clearTimeout(found.timer)
    this.#open.delete(id)
    return found
  }

  #find(caller: string, id: string): OpenWrite {
    const found = this.#open.get(id)
    if (found?.caller === caller) return found
    throw new AppError('not_found', 'There is no such stream. It was closed, or waited too long.')
  }
}
