import { writeSync } from 'node:fs'
import { PROGRESS_FD } from './messages.ts'

/**
 * Says which file is worked on from now on; an empty path: none in particular. When this process hangs or dies over it,
 * the server knows which one it was. Written at once, since the next thing may be what hangs.
 */
export type Progress = (path: string) => void

export const silent: Progress = () => {}

/** Paths are ours or those of the workspace; a line break in a file's name must not look like two of them. */
export const toServer: Progress = (path) => {
  try {
    writeSync(PROGRESS_FD, `${path.replaceAll('\n', ' ')}\n`)
  } catch {
    // The server is gone, and this process ends with it.
  }
}
