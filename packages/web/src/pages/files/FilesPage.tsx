import { type FileInfo, FileLocation } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { FolderOpen } from 'lucide-react'
import { useMay } from '../../app/session.ts'
import { formatBytes } from '../../format.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { SearchFilter } from '../../ui/filters.tsx'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { useFileColumns } from './FileTable.tsx'
import { FoundLines } from './FoundLines.tsx'
import { fileList } from './file-list.ts'
import { NewFolder } from './NewFolder.tsx'
import { fileQueries } from './queries.ts'
import { UploadList } from './UploadList.tsx'
import { UploadButton, useUploads } from './use-uploads.tsx'

const route = getRouteApi('/shell/files')
const places: Record<FileLocation, { label: string; about: string }> = {
  workspace: { label: 'Workspace', about: 'Workspace source files.' },
  uploads: { label: 'Uploads', about: 'Files from forms and the upload endpoint, each in its own folder.' },
  temp: { label: 'Temporary', about: 'Temporary files of workflows. Deleted when Bifrost starts.' },
}

/** The places that workflows read and write. */
export function FilesPage() {
  const may = useMay()
  const search = route.useSearch()
  const parsed = FileLocation.safeParse(search.in)
  const location = parsed.success ? parsed.data : 'workspace'
  const allowed = may('file:read')
  const usage = useQuery({ ...fileQueries.usage(), enabled: allowed })
  return (
    <Page title="Files" lead={places[location].about}>
      {!allowed ? (
        <NoAccess what="files" />
      ) : (
        <QueryView query={usage}>
          {(usage) => (
            <Place
              location={location}
              // An organization's own folder is all that its people see of the workspace.
              path={search.path ?? (location === 'workspace' ? usage.own_folder : '')}
              canWrite={may('file:write')}
              room={roomOf(usage)}
            />
          )}
        </QueryView>
      )}
    </Page>
  )
}

const roomOf = ({ bytes, bytes_max: max }: { bytes: number; bytes_max: number | null }) =>
  max === null ? `${formatBytes(bytes)} used` : `${formatBytes(bytes)} of ${formatBytes(max)} used`

function Place({
  location,
  path,
  canWrite,
  room,
}: {
  location: FileLocation
  path: string
  canWrite: boolean
  room: string
}) {
  const navigate = useNavigate()
  const list = useListState(fileList)
  const found = list.filter.q?.trim()
  const { columns, dialogs } = useFileColumns(location, canWrite)
  const files = useQuery(fileQueries.list(location, path))
  const uploads = useUploads(location, path)
  return (
    <>
      <FilterBar
        list={list}
        columns={columns}
        aside={
          canWrite && (
            <>
              <NewFolder location={location} path={path} />
              <UploadButton onChoose={uploads.add} />
            </>
          )
        }
      >
        <SegmentedControl
          label="Location"
          value={location}
          onChange={(next) => void navigate({ to: '/files', search: { in: next } })}
          options={FileLocation.options.map((value) => ({ value, label: places[value].label }))}
        />
        <SearchFilter list={list} name="q" label="Search in files" className="w-full sm:w-56" />
      </FilterBar>
      <div className="mb-3 flex flex-wrap items-baseline gap-3">
        <Trail location={location} path={path} />
        <p className="ml-auto text-sm text-muted">{room}</p>
      </div>
      <UploadList uploads={uploads} />
      {found ? (
        <FoundLines location={location} path={path} text={found} />
      ) : (
        <QueryView
          query={files}
          empty={
            <EmptyState icon={FolderOpen} title="This folder is empty">
              Upload a file, or let a workflow put one here with{' '}
              <code className="font-mono">files.write()</code>.
            </EmptyState>
          }
        >
          {({ items }) => (
            <DataTable
              list={list}
              label="Files"
              rows={ordered(items)}
              columns={columns}
              rowId={({ path }) => path}
            />
          )}
        </QueryView>
      )}
      {dialogs}
    </>
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
        search={{ in: location, path: '' }}
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
