import { routes, type TreeNode, type WorkflowSummary, type WorkspaceProblem } from '@bifrost/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { FilePlus2, FolderPlus, FolderTree, SquarePen } from 'lucide-react'
import { useEffect, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { paths } from '../../paths.ts'
import { IconButton } from '../../ui/Button.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess, SkeletonRows } from '../../ui/states.tsx'
import { windowTitle } from '../../ui/window-title.ts'
import { workflowQueries } from '../workflows/queries.ts'
import { FileEditor } from './FileEditor.tsx'
import { FileTree } from './FileTree.tsx'
import { newFileContent } from './new-file.ts'
import { PathDialog } from './PathDialog.tsx'
import { editorQueries } from './queries.ts'
import { useDrafts } from './use-drafts.ts'

const route = getRouteApi('/shell/editor')

/** The files of the workspace, to read and to change. */
export function EditorPage() {
  const may = useMay()
  const { file } = route.useSearch()
  useEffect(() => {
    document.title = windowTitle(file ?? 'Editor')
  }, [file])
  if (!may('file:read')) return <NoAccess what="workspace files" />
  return <Workbench canWrite={may('file:write')} />
}

function Workbench({ canWrite }: { canWrite: boolean }) {
  const { file, line } = route.useSearch()
  const tree = useQuery(editorQueries.tree())
  const workflows = useQuery({ ...workflowQueries.list(), refetchInterval: 5_000 })
  const drafts = useDrafts()
  const [unsaved, setUnsaved] = useState(() => drafts.paths())
  const [treeShown, setTreeShown] = useState(file === undefined)
  const ownFolder = tree.data?.own_folder ?? ''
  const problems = workflows.data?.problems ?? []
  const items = workflows.data?.items ?? []
  const broken = new Set([
    ...problems.map(({ path }) => path),
    ...items.flatMap(({ error }) => (error ? [error.path] : [])),
  ])

  return (
    <div className="flex h-[calc(100dvh-52px)] lg:h-dvh">
      <aside
        aria-label="Files"
        className={`w-full shrink-0 flex-col border-r border-line md:flex md:w-60 ${treeShown ? 'flex' : 'hidden'}`}
      >
        <div className="flex h-12 items-center border-b border-line pr-2 pl-3">
          <h1 className="min-w-0 flex-1 truncate text-sm font-semibold text-muted">
            {ownFolder || 'Workspace'}
          </h1>
          {canWrite && (
            <>
              <NewFile folder={ownFolder} />
              <NewFolder folder={ownFolder} />
            </>
          )}
        </div>
        <nav aria-label="Workspace files" className="flex-1 overflow-y-auto p-2">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: hides the tree once one of its links is followed */}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click as well */}
          <div
            onClick={(event) =>
              event.target instanceof Element && event.target.closest('a') && setTreeShown(false)
            }
          >
            <QueryView query={tree} rows={6}>
              {({ items }) => (
                <FileTree nodes={below(items, ownFolder)} open={file} unsaved={unsaved} broken={broken} />
              )}
            </QueryView>
          </div>
        </nav>
      </aside>
      <div className={`min-w-0 flex-1 flex-col md:flex ${treeShown ? 'hidden' : 'flex'}`}>
        <div className="border-b border-line p-1 md:hidden">
          <IconButton label="Show the files" icon={FolderTree} onClick={() => setTreeShown(true)} />
        </div>
        {file === undefined ? (
          <EmptyState icon={SquarePen} title="Choose a file">
            Saved changes are live: the next run uses them.
          </EmptyState>
        ) : (
          <OpenFile
            key={file}
            path={file}
            line={line}
            canWrite={canWrite}
            problems={notesOf(file, problems, items)}
            workflows={items.filter((one) => one.path === file && one.status !== 'missing')}
            onDraftChange={() => setUnsaved(drafts.paths())}
          />
        )}
      </div>
    </div>
  )
}

/** What is wrong with a file, of itself and of what it defines; the same mistake once. */
function notesOf(path: string, problems: readonly WorkspaceProblem[], workflows: readonly WorkflowSummary[]) {
  const notes = [...problems, ...workflows.flatMap(({ error }) => error ?? [])].filter(
    (one) => one.path === path,
  )
  return [...new Map(notes.map((one) => [`${one.line} ${one.message}`, one])).values()]
}

function OpenFile({
  path,
  ...rest
}: { path: string } & Omit<React.ComponentProps<typeof FileEditor>, 'file'>) {
  const file = useQuery({ ...editorQueries.file(path), refetchOnWindowFocus: false })
  return (
    <QueryView
      query={file}
      pending={
        <div className="p-4">
          <SkeletonRows />
        </div>
      }
    >
      {(file) => <FileEditor file={file} {...rest} />}
    </QueryView>
  )
}

/** What lies in a folder; of an organization's people that is all there is. */
function below(nodes: readonly TreeNode[], folder: string): readonly TreeNode[] {
  const [name, ...rest] = folder.split('/')
  if (!name) return nodes
  return below(nodes.find((node) => node.name === name)?.children ?? [], rest.join('/'))
}

function NewFolder({ folder }: { folder: string }) {
  const [asking, setAsking] = useState(false)
  const client = useQueryClient()
  return (
    <>
      <IconButton size="sm" icon={FolderPlus} label="New folder" onClick={() => setAsking(true)} />
      {asking && (
        <PathDialog
          title="New folder"
          confirm="Create"
          initial={folder && `${folder}/`}
          save={(path) => api(routes.editorMakeDirectory, { body: { path } })}
          onSaved={async () => {
            setAsking(false)
            await client.invalidateQueries({ queryKey: editorQueries.tree().queryKey })
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}

function NewFile({ folder }: { folder: string }) {
  const [asking, setAsking] = useState(false)
  const client = useQueryClient()
  const navigate = useNavigate()
  return (
    <>
      <IconButton size="sm" icon={FilePlus2} label="New file" onClick={() => setAsking(true)} />
      {asking && (
        <PathDialog
          title="New file"
          confirm="Create"
          initial={folder && `${folder}/`}
          save={(path) => api(routes.editorSaveFile, { body: { path, content: newFileContent(path) } })}
          onSaved={async ({ path }) => {
            setAsking(false)
            await client.invalidateQueries({ queryKey: editorQueries.tree().queryKey })
            await client.invalidateQueries({ queryKey: ['workflows'] })
            await navigate({ href: paths.editor({ file: path }) })
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
