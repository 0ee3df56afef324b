import type { Readable } from 'node:stream'

const KEPT = 4000
const PAUSED_FROM = 32 * 1024
const PAUSE_MS = 20

/** Reads what a child writes as errors, and keeps its end: who writes a lot waits. Returns what is kept so far. */
export function keepTail(stream: Readable | null): () => string {
  let kept = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text.slice(-KEPT)).slice(-KEPT)
    if (text.length < PAUSED_FROM) return
    stream.pause()
    setTimeout(() => stream.resume(), PAUSE_MS).unref()
  })
  return () => kept
}
