import { z } from 'zod'
import { limits } from '../limits.ts'
import { fileNameSchema } from '../names.ts'
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

/** What a change of a file would lose: workflows that it no longer defines, and what may continue in their place. */
export const DroppedWorkflows = z.object({
  workflows: z.array(z.object({ id: z.uuid(), name: z.string() })),
  candidates: z.array(z.string()),
})
export type DroppedWorkflows = z.infer<typeof DroppedWorkflows>

const Path = z.string().min(1).max(1000)
const Force = z.boolean().optional().describe('Also when registered workflows would be removed')
/** An address that counts for a while. */
export const SignedUrl = z.object({ url: z.string(), expires_at: z.iso.datetime() })
export type SignedUrl = z.infer<typeof SignedUrl>

/** Lines of files in which something was found; `truncated`: there are more. */
export const FileMatches = z.object({
  items: z.array(z.object({ path: z.string(), line: z.int(), column: z.int(), context: z.string() })),
  truncated: z.boolean(),
})
export type FileMatches = z.infer<typeof FileMatches>

const Token = z.string().min(1).max(4000)
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
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Write a file; folders are made as needed',
    body: Where.extend({ content: z.string(), is_base64: z.boolean().optional(), force: Force }),
    response: FileInfo,
  }),
  deleteFile: route({
    method: 'POST',
    path: '/api/files/delete',
    permission: 'file:write',
    tag,
    summary: 'Delete a file or an empty folder',
    body: Where.extend({ force: Force }),
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
    summary: 'Check whether a file exists',
    body: Where,
    response: z.object({ exists: z.boolean() }),
  }),
  fileInfo: route({
    method: 'POST',
    path: '/api/files/stat',
    permission: 'file:read',
    tag,
    summary: 'Get the details of a file or folder',
    body: Where,
    response: FileInfo,
  }),
  makeFolder: route({
    method: 'POST',
    path: '/api/files/folder',
    permission: 'file:write',
    tag,
    summary: 'Create a folder',
    body: Where,
    status: 201,
    response: FileInfo,
  }),
  searchFiles: route({
    method: 'POST',
    path: '/api/files/search',
    permission: 'file:read',
    tag,
    summary: 'Search the text of files',
    body: z.strictObject({
      query: z.string().min(1).max(200),
      path: z.string().max(1000).optional(),
      location: FileLocation.optional(),
      limit: z.int().min(1).max(500).optional(),
    }),
    response: FileMatches,
  }),
  fileUsage: route({
    method: 'GET',
    path: '/api/files/usage',
    permission: 'file:read',
    tag,
    summary: 'Get how many bytes the organization stores and may store',
    response: z.object({
      bytes: z.number(),
      bytes_max: z.number().nullable(),
      own_folder: z
        .string()
        .describe('The folder of the workspace for new files of the caller; empty: anywhere'),
    }),
  }),
  downloadFile: route({
    method: 'GET',
    path: '/api/files/download',
    permission: 'file:read',
    tag,
    summary: 'Download a file',
    description: 'The bytes as they are, always as an attachment. A `Range` header asks for a part.',
    query: z.strictObject({ path: Path, location: FileLocation.optional() }),
    transport: 'download',
    response: z.unknown(),
  }),
  putFile: route({
    method: 'PUT',
    path: '/api/files/content',
    permission: 'file:write',
    tag,
    summary: 'Write a file as a stream',
    description:
      'The body is the content, up to 2 GB. An existing file is replaced once all of it has arrived.',
    query: z.strictObject({ path: Path, location: FileLocation.optional() }),
    transport: 'upload',
    response: FileInfo,
  }),
  signFile: route({
    method: 'POST',
    path: '/api/files/signed-url',
    permission: 'file:read',
    tag,
    summary: 'Create a signed address, which needs no account',
    description:
      'Everyone who has the address may download this one file (`GET`), or write it (`PUT`, in temp and uploads), until it expires. It ends earlier when the person who made it is deactivated. `PUT` needs the permission to write files.',
    body: Where.extend({
      method: z.enum(['GET', 'PUT']).optional(),
      expires_in_seconds: z
        .int()
        .min(1)
        .max(limits.signedUrlSecondsMax)
        .optional()
        .describe('3600 when absent'),
      inline: z.boolean().optional().describe('The browser shows the file in a sandbox instead of saving it'),
    }),
    response: SignedUrl,
  }),
  signedDownload: route({
    method: 'GET',
    path: '/api/files/signed',
    permission: 'public',
    tag,
    summary: 'Download by a signed address',
    query: z.strictObject({ token: Token }),
    transport: 'download',
    response: z.unknown(),
  }),
  signedUpload: route({
    method: 'PUT',
    path: '/api/files/signed',
    permission: 'public',
    tag,
    summary: 'Write by a signed address',
    query: z.strictObject({ token: Token }),
    transport: 'upload',
    response: FileInfo,
  }),
  uploadFile: route({
    method: 'POST',
    path: '/api/files/upload',
    permission: 'workflow:run',
    tag,
    summary: 'Upload a file for a FileRef parameter',
    description:
      'The body is the content; `name` is a query parameter. The answer is the value of the parameter.',
    query: z.strictObject({ name: fileNameSchema, content_type: z.string().max(255).optional() }),
    transport: 'upload',
    status: 201,
    response: FileRef,
  }),
  editorTree: route({
    method: 'GET',
    path: '/api/files/editor/tree',
    permission: 'file:read',
    tag: 'Editor',
    summary: 'List the workspace files as a tree',
    response: z.object({
      items: z.array(TreeNode),
      own_folder: z.string().describe('The folder for new files of the caller; empty: anywhere'),
    }),
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
    bodyBytesMax: limits.bodyBytesMax,
    tag: 'Editor',
    summary: 'Create or save a workspace file',
    description:
      'With `etag`, a file that changed since answers 409 with its current etag and content. Without, the file must not exist yet. A text that no longer defines a registered workflow answers 409 (`workflow_dropped`) with the names that may take its place: `replacements` says which workflow continues under which name, with its ID.',
    body: z.strictObject({
      path: Path,
      content: z.string(),
      etag: z.string().optional(),
      force: z.boolean().optional().describe('Save anyway'),
      replacements: z
        .record(z.uuid(), z.string().min(1).max(200))
        .optional()
        .describe('For the ID of each workflow that is removed, the name under which it continues'),
    }),
    response: EditorFile,
  }),
  editorDeleteFile: route({
    method: 'DELETE',
    path: '/api/files/editor/file',
    permission: 'file:write',
    tag: 'Editor',
    summary: 'Delete a workspace file or folder',
    description: 'With `etag`, a file that changed since answers 409, unless `force` is set.',
    query: z.strictObject({ path: Path, etag: z.string().optional(), force: Force }),
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
    body: z.strictObject({ from: Path, to: Path, force: Force }),
    response: FileInfo,
  }),
  editorSearch: route({
    method: 'GET',
    path: '/api/files/editor/search',
    permission: 'file:read',
    tag: 'Editor',
    summary: 'Search the text of workspace files',
    query: z.strictObject({ query: z.string().min(1).max(200), limit: z.int().min(1).max(500).optional() }),
    response: FileMatches,
  }),
} as const
