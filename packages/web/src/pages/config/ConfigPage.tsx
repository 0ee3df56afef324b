import type { ConfigEntry } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Plus, SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { SearchFilter, SelectFilter } from '../../ui/filters.tsx'
import { hasText } from '../../ui/ListTable.tsx'
import { defineList, text } from '../../ui/list-search.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { ConfigDialog } from './ConfigDialog.tsx'
import { ConfigTable } from './ConfigTable.tsx'
import { configQueries } from './queries.ts'

const configList = defineList('config', { q: text, owner: text })

export function ConfigPage() {
  const may = useMay()
  const me = useMe()
  const allowed = may('config:read')
  const config = useQuery({ ...configQueries.list(), enabled: allowed })
  const [editing, setEditing] = useState<ConfigEntry | 'new' | null>(null)
  const list = useListState(configList)
  const { q, owner } = list.filter
  const actsGlobally = me.acting === 'global'
  const canWrite = may('config:write')
  const entries = config.data?.items ?? []
  const shown = entries.filter(
    ({ key, source }) => hasText(q, key) && (owner === undefined || ownerOf(source) === owner),
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
      ) : (
        <QueryView
          query={config}
          empty={
            <EmptyState icon={SlidersHorizontal} title="No values yet" action={canWrite && setButton}>
              Keep addresses, limits and secrets here instead of in code; each organization has its own, and
              inherits the rest from those above it.
            </EmptyState>
          }
        >
          {() => (
            <ConfigTable
              list={list}
              filters={
                <>
                  <SearchFilter list={list} name="q" label="Search keys" className="w-full sm:w-72" />
                  {owners.size > 1 && (
                    <SelectFilter list={list} name="owner" label="From" any="Any owner" options={owners} />
                  )}
                </>
              }
              entries={shown}
              canWrite={canWrite}
              actsGlobally={actsGlobally}
              onEdit={setEditing}
            />
          )}
        </QueryView>
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
