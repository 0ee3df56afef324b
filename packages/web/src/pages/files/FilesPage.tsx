import { type FileInfo, FileLocation } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { FolderOpen } from 'lucide-react'
import { queries } from '../../app/queries.ts'
import { useMay } from '../../app/session.ts'
import { Page } from '../../components/Page.tsx'
import { SegmentedControl } from '../../components/SegmentedControl.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { FileTable } from './FileTable.tsx'

const route = getRouteApi('/shell/files')
const places: Record<FileLocation, { label: string; about: string }> = {
  workspace: { label: 'Workspace', about: 'The files of the authors.' },
  uploads: { label: 'Uploads', about: 'What forms and the upload address received, a folder for each.' },
  temp: { label: 'Temporary', about: 'What workflows keep for a while. Cleared when Bifrost starts.' },
}

/** The places that workflows read and write. */
export function FilesPage() {
  const search = route.useSearch()
  const navigate = useNavigate()
  const may = useMay()
  const parsed = FileLocation.safeParse(search.in)
  const location = parsed.success ? parsed.data : 'workspace'
  const path = search.path ?? ''
  const allowed = may('file:read')
  const files = useQuery({ ...queries.files(location, path), enabled: allowed })
  const items = files.data ? ordered(files.data.items) : []

  return (
    <Page title="Files" lead={places[location].about}>
      {!allowed ? (
        <NoAccess what="files" />
      ) : (
        <>
          <div className="mb-4 flex flex-wrap items-center gap-3">
            <SegmentedControl
              label="Place"
              value={location}
              onChange={(next) => void navigate({ to: '/files', search: { in: next } })}
              options={FileLocation.options.map((value) => ({ value, label: places[value].label }))}
            />
            <Trail location={location} path={path} />
          </div>
          {files.isPending ? (
            <SkeletonRows />
          ) : files.isError ? (
            <ErrorState error={files.error} onRetry={() => void files.refetch()} />
          ) : items.length === 0 ? (
            <EmptyState icon={FolderOpen} title="Nothing here">
              Workflows put files here with <code className="font-mono">files.write()</code>.
            </EmptyState>
          ) : (
            <FileTable location={location} items={items} canWrite={may('file:write')} />
          )}
        </>
      )}
    </Page>
  )
}

const ordered = (items: readonly FileInfo[]) =>
  items.toSorted(
    (a, b) => Number(b.is_directory) - Number(a.is_directory) || a.name.localeCompare(b.name, 'en'),
  )

/** The folders above, each a way back. */
function Trail({ location, path }: { location: FileLocation; path: string }) {
  if (!path) return null
  const parts = path.split('/')
  return (
    <nav aria-label="Folders" className="min-w-0 font-mono text-sm break-all">
      <Link
        to="/files"
        search={{ in: location }}
        className="rounded-sm text-muted hover:text-accent hover:underline"
      >
        {places[location].label.toLowerCase()}
      </Link>
      {parts.map((part, at) => {
        const upTo = parts.slice(0, at + 1).join('/')
        return (
          <span key={upTo}>
            <span className="text-faint"> / </span>
            {at === parts.length - 1 ? (
              <span aria-current="page">{part}</span>
            ) : (
              <Link
                to="/files"
                search={{ in: location, path: upTo }}
                className="rounded-sm text-muted hover:text-accent hover:underline"
              >
                {part}
              </Link>
            )}
          </span>
        )
      })}
    </nav>
  )
}
