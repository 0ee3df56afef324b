import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { FileAudit } from './audited.ts'
import { readEditorFile, requireUnchanged, searchFiles, treeOf } from './editor.ts'
import type { FileLocations } from './locations.ts'
import { changeProtected } from './protection.ts'

/** The workspace as the editor works on it. */
export function editorRoutes({
  locations,
  workspace,
  note,
}: {
  locations: FileLocations
  workspace: Workspace
  note: FileAudit
}): Implementation[] {
  const filesOf = (scope: OrgScope) => locations.at(scope, 'workspace')
  const noteChange = (
    scope: OrgScope,
    action: Parameters<FileAudit>[1],
    path: string,
    after?: { to: string },
  ) => note(scope, action, { location: 'workspace', path }, after)
  // Between the look at a file and its save no other request saves it.
  const saving = new Map<string, Promise<unknown>>()
  const inTurn = <T>(path: string, work: () => Promise<T>): Promise<T> => {
    const turn = (saving.get(path) ?? Promise.resolve()).then(work, work)
    const settled = turn.catch(() => {}).finally(() => saving.get(path) === settled && saving.delete(path))
    saving.set(path, settled)
    return turn
  }

  return [
    implement(routes.editorTree, async (scope) => ({
      items: treeOf(await (await filesOf(scope)).list('', true)),
      own_folder: await locations.ownFolder(scope),
    })),
    implement(routes.editorReadFile, async (scope, { query }) =>
      readEditorFile(await filesOf(scope), query.path),
    ),
    implement(routes.editorSaveFile, async (scope, { body }) => {
      const files = await filesOf(scope)
      await files.requireWrite(body.path)
      const path = await files.real(body.path)
      const saved = await inTurn(path, async () => {
        if (!body.force) await requireUnchanged(files, body)
        await changeProtected(workspace, { kind: 'save', path, text: body.content }, body, () =>
          files.write(body.path, Buffer.from(body.content)),
        )
        return readEditorFile(files, body.path)
      })
      await noteChange(scope, 'file.write', path)
      return saved
    }),
    implement(routes.editorDeleteFile, async (scope, { query }) => {
      const files = await filesOf(scope)
      await files.requireWrite(query.path)
      const path = await files.real(query.path)
      await inTurn(path, async () => {
        if (query.etag !== undefined && !query.force && (await files.exists(query.path)))
          await requireUnchanged(files, query)
        await changeProtected(workspace, { kind: 'delete', path }, query, () => files.deleteTree(query.path))
      })
      await noteChange(scope, 'file.delete', path)
      return null
    }),
    implement(routes.editorMakeDirectory, async (scope, { body }) => {
      const info = await (await filesOf(scope)).makeDirectory(body.path)
      await noteChange(scope, 'file.create_folder', info.path)
      return info
    }),
    implement(routes.editorRename, async (scope, { body }) => {
      const files = await filesOf(scope)
      await files.requireWrite(body.from)
      await files.requireWrite(body.to)
      const [path, to] = [await files.real(body.from), await files.real(body.to)]
      const info = await changeProtected(workspace, { kind: 'move', path, to }, body, () =>
        files.move(body.from, body.to),
      )
      await noteChange(scope, 'file.rename', path, { to: info.path })
      return info
    }),
    implement(routes.editorSearch, async (scope, { query }) => searchFiles(await filesOf(scope), query)),
  ]
}
