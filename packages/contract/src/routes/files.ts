import { z } from 'zod'
import { FileRef } from '../parameters.ts'
import { route } from '../route.ts'
import { Nothing } from './common.ts'

const tag = 'Files'

/** `workspace`: the author's files. `temp`: cleared on start. `uploads`: what forms and the upload route received. */
export const FileLocation = z.enum(['workspace', 'temp', 'uploads'])
export type FileLocation = z.infer<typeof FileLocation>

/** One file or folder of a listing. */
export const FileInfo = z.object({
  path: z.string(),
  name: z.string(),
  is_directory: z.boolean(),
  size: z.number(),
  modified_at: z.iso.datetime(),
})
export type FileInfo = z.infer<typeof FileInfo>

/** A file as the editor holds it; `etag` changes with its content. */
export const EditorFile = z.object({
  path: z.string(),
  content: z.string(),
  etag: z.string(),
  size: z.number(),
})
export type EditorFile = z.infer<typeof EditorFile>

/** A file or folder of the workspace with what is in it. */
export interface TreeNode {
  name: string
  path: string
  is_directory: boolean
  size: number
  children?: TreeNode[] | undefined
}
export const TreeNode: z.ZodType<TreeNode> = z.lazy(() =>
  z.object({
    name: z.string(),
    path: z.string(),
    is_directory: z.boolean(),
    size: z.number(),
    children: z.array(TreeNode).optional(),
  }),
)

const Path = z.string().min(1).max(1000)
const Where = z.strictObject({ path: Path, location: FileLocation.optional() })

export const fileRoutes = {
  readFile: route({
    method: 'POST',
    path: '/api/files/read',
    permission: 'file:read',
    tag,
    summary: 'Read a file',
    body: Where.extend({ as_base64: z.boolean().optional() }),
    response: z.object({ path: z.string(), content: z.string(), is_base64: z.boolean(), size: z.number() }),
  }),
  writeFile: route({
    method: 'POST',
    path: '/api/files/write',
    permission: 'file:write',
    tag,
    summary: 'Write a file; folders are made as needed',
    body: Where.extend({ content: z.string(), is_base64: z.boolean().optional() }),
    response: FileInfo,
  }),
  deleteFile: route({
    method: 'POST',
    path: '/api/files/delete',
    permission: 'file:write',
    tag,
    summary: 'Delete a file or an empty folder',
    body: Where,
    status: 204,
    response: Nothing,
  }),
  listFiles: route({
    method: 'POST',
    path: '/api/files/list',
    permission: 'file:read',
    tag,
    summary: 'List a folder',
    body: z.strictObject({
      path: z.string().max(1000).optional(),
      location: FileLocation.optional(),
      recursive: z.boolean().optional(),
    }),
    response: z.object({ items: z.array(FileInfo) }),
  }),
  fileExists: route({
    method: 'POST',
    path: '/api/files/exists',
    permission: 'file:read',
    tag,
    summary: 'Ask whether a file exists',
    body: Where,
    response: z.object({ exists: z.boolean() }),
  }),
  uploadFile: route({
    method: 'POST',
    path: '/api/files/upload',
    permission: 'workflow:run',
    tag,
    summary: 'Upload a file for a FileRef parameter',
    description:
      'The body is the bytes; `name` is a query parameter. The answer is the value of the parameter.',
    query: z.strictObject({ name: z.string().min(1).max(255), content_type: z.string().max(255).optional() }),
    transport: 'upload',
    status: 201,
    response: FileRef,
  }),
  editorTree: route({
    method: 'GET',
    path: '/api/files/editor/tree',
    permission: 'file:read',
    tag: 'Editor',
    summary: 'The tree of workspace files',
    response: z.object({ items: z.array(TreeNode) }),
  }),
  editorReadFile: route({
    method: 'GET',
    path: '/api/files/editor/file',
    permission: 'file:read',
    tag: 'Editor',
    summary: 'Read a workspace file with its etag',
    query: z.strictObject({ path: Path }),
    response: EditorFile,
  }),
  editorSaveFile: route({
    method: 'POST',
    path: '/api/files/editor/file',
    permission: 'file:write',
    tag: 'Editor',
    summary: 'Create or save a workspace file',
    description:
      'With `etag`, a file that changed since answers 409 with the present etag and content; without, a new file must not exist yet.',
    body: z.strictObject({
      path: Path,
      content: z.string(),
      etag: z.string().optional(),
      force: z.boolean().optional(),
    }),
    response: EditorFile,
  }),
  editorDeleteFile: route({
    method: 'DELETE',
    path: '/api/files/editor/file',
    permission: 'file:write',
    tag: 'Editor',
    summary: 'Delete a workspace file or folder',
    query: z.strictObject({ path: Path }),
    status: 204,
    response: Nothing,
  }),
  editorMakeDirectory: route({
    method: 'POST',
    path: '/api/files/editor/directory',
    permission: 'file:write',
    tag: 'Editor',
    summary: 'Create a workspace folder',
    body: z.strictObject({ path: Path }),
    status: 201,
    response: FileInfo,
  }),
  editorRename: route({
    method: 'POST',
    path: '/api/files/editor/rename',
    permission: 'file:write',
    tag: 'Editor',
    summary: 'Rename or move a workspace file or folder',
    body: z.strictObject({ from: Path, to: Path }),
    response: FileInfo,
  }),
  editorSearch: route({
    method: 'GET',
    path: '/api/files/editor/search',
    permission: 'file:read',
    tag: 'Editor',
    summary: 'Search the text of workspace files',
    query: z.strictObject({ query: z.string().min(1).max(200), limit: z.int().min(1).max(500).optional() }),
    response: z.object({
      items: z.array(z.object({ path: z.string(), line: z.int(), column: z.int(), context: z.string() })),
      truncated: z.boolean(),
    }),
  }),
} as const
