import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { AppError, type EditorFile, type FileInfo, type FileMatches, type TreeNode } from '@bifrost/contract'
import type { WorkspaceFiles } from './files.ts'

const SEARCH_MATCHES_MAX = 100
const SEARCH_FILE_BYTES_MAX = 1024 * 1024
/** A search ends after so much text, and says that there may be more. */
const SEARCH_BYTES_MAX = 256 * 1024 * 1024
const CONTEXT_LENGTH = 200

const etagOf = (content: Buffer) => createHash('sha256').update(content).digest('hex').slice(0, 32)

export async function readEditorFile(files: WorkspaceFiles, path: string): Promise<EditorFile> {
  const content = await files.read(path)
  // Saved as text, other bytes would come back changed.
  if (content.includes(0) || !isUtf8(content))
    throw new AppError('bad_request', `${path} is not a text file (UTF-8).`)
  return { path, content: content.toString('utf8'), etag: etagOf(content), size: content.byteLength }
}

/** Refuses to overwrite a change of another person: `conflict`, with what is there now. */
export async function requireUnchanged(
  files: WorkspaceFiles,
  save: { path: string; etag?: string | undefined },
): Promise<void> {
  const present = (await files.exists(save.path)) ? await readEditorFile(files, save.path) : null
  if ((present?.etag ?? undefined) === save.etag) return
  throw new AppError(
    'conflict',
    present
      ? `${save.path} was changed since you opened it.`
      : `${save.path} was deleted since you opened it.`,
    present && { etag: present.etag, content: present.content },
  )
}

export function treeOf(entries: FileInfo[]): TreeNode[] {
  const roots: TreeNode[] = []
  const folders = new Map<string, TreeNode>()
  for (const { path, name, is_directory, size } of entries) {
    const node: TreeNode = { name, path, is_directory, size, ...(is_directory ? { children: [] } : {}) }
    if (is_directory) folders.set(path, node)
    const parent = folders.get(path.split('/').slice(0, -1).join('/'))
    if (parent) parent.children?.push(node)
    else roots.push(node)
  }
  return roots
}

export async function searchFiles(
  files: WorkspaceFiles,
  {
    query,
    path = '',
    limit = SEARCH_MATCHES_MAX,
  }: { query: string; path?: string | undefined; limit?: number | undefined },
): Promise<FileMatches> {
  const items: FileMatches['items'] = []
  const wanted = query.toLowerCase()
  let bytes = 0
  for (const entry of await files.list(path, true)) {
    if (entry.is_directory || entry.size > SEARCH_FILE_BYTES_MAX) continue
    bytes += entry.size
    if (bytes > SEARCH_BYTES_MAX) return { items, truncated: true }
    // It may be gone by now, or be no plain file.
    const content = await files.read(entry.path).catch(() => null)
    if (!content || content.includes(0)) continue
    for (const [index, text] of content.toString('utf8').split('\n').entries()) {
      const column = text.toLowerCase().indexOf(wanted)
      if (column === -1) continue
      if (items.length >= limit) return { items, truncated: true }
      items.push({
        path: entry.path,
        line: index + 1,
        column: column + 1,
        context: text.trim().slice(0, CONTEXT_LENGTH),
      })
    }
  }
  return { items, truncated: false }
}
