import type { ConfigEntry } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Plus, SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { ConfigDialog } from './ConfigDialog.tsx'
import { ConfigTable } from './ConfigTable.tsx'
import { configQueries } from './queries.ts'

export function ConfigPage() {
  const may = useMay()
  const me = useMe()
  const allowed = may('config:read')
  const config = useQuery({ ...configQueries.list(), enabled: allowed })
  const [editing, setEditing] = useState<ConfigEntry | 'new' | null>(null)
  const [search, setSearch] = useState('')
  const [owner, setOwner] = useState('')
  const actsGlobally = me.acting === 'global'
  const canWrite = may('config:write')
  const entries = config.data?.items ?? []
  const shown = entries.filter(
    ({ key, source }) =>
      key.toLowerCase().includes(search.toLowerCase()) && (owner === '' || ownerOf(source) === owner),
  )
  // Who looks at many owners chooses among them; of one there is nothing to choose.
  const owners = new Map(
    entries.map(({ source }) => [ownerOf(source), source.organization?.name ?? 'Global']),
  )
  const setButton = (
    <Button look="primary" icon={Plus} onClick={() => setEditing('new')}>
      Set a value
    </Button>
  )
  return (
    <Page
      title="Config"
      lead={
        <>
          Values that workflows read with <code className="font-mono text-sm">config.get(key)</code>. Secrets
          are stored encrypted and never shown again.
        </>
      }
      actions={canWrite && entries.length > 0 && setButton}
    >
      {!allowed ? (
        <NoAccess what="configuration" />
      ) : config.isPending ? (
        <SkeletonRows />
      ) : config.isError ? (
        <ErrorState error={config.error} onRetry={() => void config.refetch()} />
      ) : entries.length === 0 ? (
        <EmptyState icon={SlidersHorizontal} title="No values yet" action={canWrite && setButton}>
          Keep addresses, limits and secrets here instead of in code; each organization has its own, and
          inherits the rest from those above it.
        </EmptyState>
      ) : (
        <>
          <search className="mb-3 flex flex-wrap gap-2">
            <SearchInput label="Search keys" value={search} onChange={setSearch} className="w-full sm:w-72" />
            {owners.size > 1 && (
              <select
                aria-label="From"
                className="control w-full sm:w-auto"
                value={owner}
                onChange={(event) => setOwner(event.target.value)}
              >
                <option value="">Any owner</option>
                {[...owners].map(([id, name]) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </search>
          <ConfigTable entries={shown} canWrite={canWrite} actsGlobally={actsGlobally} onEdit={setEditing} />
        </>
      )}
      {editing && (
        <ConfigDialog
          entry={editing === 'new' ? null : editing}
          owner={actsGlobally ? 'everybody' : me.organization.name}
          isOwn={editing !== 'new' && editing.source.kind === (actsGlobally ? 'global' : 'own')}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  )
}

const ownerOf = ({ organization }: ConfigEntry['source']) => organization?.id ?? 'global'
