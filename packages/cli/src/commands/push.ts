import { ApiError, routes } from '@bifrost/contract'
import { type Connection, type ConnectionOptions, connect, explain } from '../connection.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { hashOf, isGone, localFiles, readSyncState, type SyncState, writeSyncState } from '../sync-state.ts'
import { plain, print, tell } from '../terminal.ts'

export interface PushOptions extends ConnectionOptions {
  force?: boolean
  delete?: boolean
  dryRun?: boolean
}

/** `bifrost push`: what was changed in a folder to the workspace of the server. What was changed there meanwhile is not written over. */
export async function pushCommand(folder = '.', options: PushOptions): Promise<number> {
  const connection = await connect(options)
  try {
    const { organization } = await connection.api(routes.getMe)
    const state = readSyncState(folder, connection.url, organization.id)
    const local = localFiles(folder)
    const { texts } = local
    if (texts.size === 0) throw new CommandError(exitCodes.usage, `There are no files in ${folder}.`)
    const changed = [...texts].filter(([path, content]) => state.files[path]?.hash !== hashOf(content))
    const gone = Object.keys(state.files).filter((path) => isGone(folder, path, local))
    const refused: string[] = []
    let sent = 0
    for (const [path, content] of changed) {
      const isNew = state.files[path] === undefined
      const problem = options.dryRun
        ? null
        : await save(connection, state, path, content, options.force === true)
      if (problem) refused.push(`${path}: ${problem}`)
      else sent++
      print(`${problem ? '!' : isNew ? '+' : '~'} ${plain(path)}`)
    }
    for (const path of options.delete ? gone : []) {
      const problem = options.dryRun
        ? null
        : await remove(connection, path, state.files[path]?.etag, options.force === true)
      print(`${problem ? '!' : '-'} ${plain(path)}`)
      if (problem) refused.push(`${path}: ${problem}`)
      else if (!options.dryRun) delete state.files[path]
    }
    if (!options.dryRun) writeSyncState(folder, state)
    if (gone.length > 0 && !options.delete)
      tell(`${gone.length} files were deleted here but are still on the server; --delete removes them there.`)
    tell(
      `${sent} of ${texts.size} files ${options.dryRun ? 'would be sent' : 'were sent'} to ${connection.url}`,
    )
    for (const problem of refused) tell(plain(problem))
    if (!options.dryRun) await tellMistakes(connection, new Set(texts.keys()))
    return refused.length === 0 ? exitCodes.ok : exitCodes.failed
  } catch (cause) {
    throw explain(cause, connection)
  }
}

/** Saves one file; answers why not when another person changed it, or it would take a workflow away. */
async function save(
  { api }: Connection,
  state: SyncState,
  path: string,
  content: string,
  force: boolean,
): Promise<string | null> {
  const etag = state.files[path]?.etag
  try {
    const saved = await api(routes.editorSaveFile, {
      body: { path, content, ...(etag === undefined ? {} : { etag }), ...(force ? { force } : {}) },
    })
    state.files[path] = { etag: saved.etag, hash: hashOf(content) }
    return null
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 409) throw cause
    const there = cause.details as { etag?: string; content?: string } | null
    // Both hold the same: nothing was lost, and from now on it is known.
    if (there?.etag !== undefined && there.content === content) {
      state.files[path] = { etag: there.etag, hash: hashOf(content) }
      return null
    }
    if (cause.code === 'workflow_dropped') return `${cause.message} Confirm with --force.`
    return `${cause.message} Pull first, or overwrite it with --force.`
  }
}

/** Deletes one file; returns why not when it was changed on the server, or when workflows would be lost with it. */
async function remove(
  { api }: Connection,
  path: string,
  etag: string | undefined,
  force: boolean,
): Promise<string | null> {
  try {
    await api(routes.editorDeleteFile, {
      query: { path, ...(etag === undefined ? {} : { etag }), ...(force ? { force } : {}) },
    })
    return null
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause
    if (cause.status === 404) return null
    if (cause.code === 'workflow_dropped') return `${cause.message} Confirm with --force.`
    if (cause.status === 409) return `${cause.message} Pull first, or delete it with --force.`
    throw cause
  }
}

/** So often the server is asked, each time for some seconds, whether it has read the files. */
const READING_CALLS_MAX = 12

/** What the server says of the files that were sent. */
async function tellMistakes({ api }: Connection, sent: ReadonlySet<string>): Promise<void> {
  let { problems, is_complete } = await api(routes.listWorkflows, { query: { limit: 1, refresh: true } })
  // Each of these calls waits for the server by itself, for as long as it lets a caller wait.
  for (let asked = 1; !is_complete && asked < READING_CALLS_MAX; asked++) {
    tell('The server is still reading the files.')
    ;({ problems, is_complete } = await api(routes.listWorkflows, { query: { limit: 1, refresh: true } }))
  }
  if (!is_complete) tell('The server still reads the files; the page Workflows shows their mistakes later.')
  for (const { path, line, message } of problems)
    if (sent.has(path)) tell(plain(`${path}:${line ?? 1}: ${message}`))
}
