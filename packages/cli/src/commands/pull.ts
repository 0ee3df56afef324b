import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ApiError, type EditorFile, routes, type TreeNode } from '@bifrost/contract'
import { type Connection, type ConnectionOptions, connect, explain } from '../connection.ts'
import { exitCodes } from '../exit-codes.ts'
import {
  hashOf,
  isSynced,
  localFiles,
  placeOf,
  problemOfPlace,
  readSyncState,
  writeSyncState,
} from '../sync-state.ts'
import { plain, print, tell } from '../terminal.ts'

export interface PullOptions extends ConnectionOptions {
  force?: boolean
  dryRun?: boolean
}

/** `bifrost pull`: the workspace of the server into a folder. What was changed here meanwhile is left alone. */
export async function pullCommand(folder = '.', options: PullOptions): Promise<number> {
  const connection = await connect(options)
  try {
    const { organization } = await connection.api(routes.getMe)
    const state = readSyncState(folder, connection.url, organization.id)
    const local = localFiles(folder)
    const { items } = await connection.api(routes.editorTree)
    const remote = filesOf(items).filter(isSynced)
    const folded = new Set<string>()
    let conflicts = 0
    let written = 0
    for (const path of remote) {
      const place = placeOf(folder, path)
      const twin = folded.has(path.toLowerCase())
      const problem = twin
        ? 'another file on the server has a name that differs only in case'
        : problemOfPlace(folder, path, local)
      folded.add(path.toLowerCase())
      const file = problem === null ? await readRemote(connection, path) : null
      if (!file || place === null) {
        tell(`  skipped ${plain(path)}: ${problem ?? 'not a text file'}`)
        continue
      }
      const ours = local.texts.get(path)
      const known = state.files[path]
      const hash = hashOf(file.content)
      const changedHere = ours !== undefined && hashOf(ours) !== known?.hash && hashOf(ours) !== hash
      if (changedHere && !options.force) {
        conflicts++
        print(`! ${plain(path)}`)
        continue
      }
      if (ours !== file.content) {
        written++
        print(`${ours === undefined ? '+' : '~'} ${plain(path)}`)
        if (!options.dryRun) {
          mkdirSync(dirname(place), { recursive: true })
          writeFileSync(place, file.content)
        }
      }
      state.files[path] = { etag: file.etag, hash }
    }
    for (const [path, known] of Object.entries(state.files)) {
      if (remote.includes(path)) continue
      const ours = local.texts.get(path)
      const place = placeOf(folder, path)
      if (ours !== undefined && place !== null && hashOf(ours) === known.hash) {
        print(`- ${plain(path)}`)
        if (!options.dryRun) rmSync(place)
      }
      delete state.files[path]
    }
    if (!options.dryRun) writeSyncState(folder, state)
    tell(
      `${written} of ${remote.length} files ${options.dryRun ? 'would be' : ''} written to ${resolve(folder)}`.replace(
        '  ',
        ' ',
      ),
    )
    if (conflicts === 0) return exitCodes.ok
    tell(
      `${conflicts} were changed here since the last pull and are kept; --force overwrites them with the server's.`,
    )
    return exitCodes.failed
  } catch (cause) {
    throw explain(cause, connection)
  }
}

const filesOf = (nodes: readonly TreeNode[]): string[] =>
  nodes.flatMap((node) => (node.is_directory ? filesOf(node.children ?? []) : [node.path]))

async function readRemote({ api }: Connection, path: string): Promise<EditorFile | null> {
  try {
    return await api(routes.editorReadFile, { query: { path } })
  } catch (cause) {
    if (cause instanceof ApiError && (cause.status === 400 || cause.status === 404)) return null
    throw cause
  }
}
