import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { readEditorFile, saveEditorFile, searchFiles, treeOf } from './editor.ts'
import type { FileLocations } from './locations.ts'

export function fileRoutes(locations: FileLocations): Implementation[] {
  const { workspace } = locations
  return [
    implement(routes.readFile, async (scope, { body }) => {
      const content = await locations.at(scope, body.location ?? 'workspace').read(body.path)
      const asBase64 = body.as_base64 ?? false
      return {
        path: body.path,
        content: content.toString(asBase64 ? 'base64' : 'utf8'),
        is_base64: asBase64,
        size: content.byteLength,
      }
    }),
    // Whoever may call this may write sources, too: the route has the same permission.
    implement(routes.writeFile, (scope, { body }) =>
      locations
        .at(scope, body.location ?? 'workspace')
        .write(body.path, Buffer.from(body.content, body.is_base64 ? 'base64' : 'utf8')),
    ),
    implement(routes.deleteFile, async (scope, { body }) => {
      await locations.at(scope, body.location ?? 'workspace').delete(body.path)
      return null
    }),
    implement(routes.listFiles, async (scope, { body }) => ({
      items: await locations
        .at(scope, body.location ?? 'workspace')
        .list(body.path ?? '', body.recursive ?? false),
    })),
    implement(routes.fileExists, async (scope, { body }) => ({
      exists: await locations.at(scope, body.location ?? 'workspace').exists(body.path),
    })),
    implement(routes.uploadFile, (scope, { query }, { request }) =>
      locations.upload(scope, request.raw, query.name, query.content_type || 'application/octet-stream'),
    ),
    implement(routes.editorTree, async () => ({ items: treeOf(await workspace.list('', true)) })),
    implement(routes.editorReadFile, (_scope, { query }) => readEditorFile(workspace, query.path)),
    implement(routes.editorSaveFile, (_scope, { body }) => saveEditorFile(workspace, body)),
    implement(routes.editorDeleteFile, async (_scope, { query }) => {
      await workspace.deleteTree(query.path)
      return null
    }),
    implement(routes.editorMakeDirectory, (_scope, { body }) => workspace.makeDirectory(body.path)),
    implement(routes.editorRename, (_scope, { body }) => workspace.move(body.from, body.to)),
    implement(routes.editorSearch, (_scope, { query }) => searchFiles(workspace, query.query, query.limit)),
  ]
}
