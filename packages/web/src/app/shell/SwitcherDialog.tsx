import { actingPath, type Organization } from '@bifrost/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Building2, Check, Globe, LoaderCircle, Search } from 'lucide-react'
import { useDeferredValue, useEffect, useState } from 'react'
import { organizationQueries } from '../../pages/organizations/queries.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { loadPage } from '../acting.ts'
import { useMe } from '../session.ts'
import { pageElsewhere } from './page-elsewhere.ts'

const GLOBAL = 'global'

/** Finds an organization by a few letters; Enter takes the one that is marked, the first match unless arrows moved. */
export default function SwitcherDialog({ onClose }: { onClose: () => void }) {
  const me = useMe()
  const router = useRouter()
  const [search, setSearch] = useState('')
  const text = search.trim()
  const asked = useDeferredValue(text)
  const organizations = useQuery({ ...organizationQueries.some(asked), placeholderData: keepPreviousData })
  const [marked, setMarked] = useState('')
  /** Enter came before the server had answered. */
  const [takesFirst, setTakesFirst] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)

  // What is shown always fits what is typed, though the answer of the server may still be that of a letter before.
  const shown = (organizations.data?.items ?? []).filter(
    ({ is_active, name }) => is_active && name.toLowerCase().includes(text.toLowerCase()),
  )
  const offersGlobal = me.is_provider && me.role !== 'external' && text === ''
  const ids = [...(offersGlobal ? [GLOBAL] : []), ...shown.map(({ id }) => id)]
  const isSettled = asked === text && !organizations.isFetching
  const current = me.acting === 'global' ? GLOBAL : me.organization.id

  const choose = (id: string) => {
    const organization = shown.find((one) => one.id === id) ?? null
    if (id === current) return onClose()
    setChosen(id)
    const { pathname, searchStr } = router.state.location
    void loadPage(actingPath(organization) + pageElsewhere(pathname, searchStr))
  }
  const [first] = ids
  useEffect(() => {
    if (!takesFirst || !isSettled) return
    setTakesFirst(false)
    if (first !== undefined) choose(first)
  })

  return (
    <Dialog title="Switch organization" onClose={onClose}>
      <p className="mb-3 text-sm text-muted">
        This tab then shows and changes what belongs to the organization you choose. Your role stays the same.
      </p>
      <Command
        label="Search organizations"
        shouldFilter={false}
        loop
        value={ids.includes(marked) ? marked : (first ?? '')}
        onValueChange={setMarked}
      >
        <div className="relative">
          <Search
            size={15}
            aria-hidden
            className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
          />
          <Command.Input
            data-autofocus
            placeholder="Search organizations"
            value={search}
            onValueChange={(value) => {
              setSearch(value)
              setMarked('')
              setTakesFirst(false)
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && ids.length === 0 && !isSettled) setTakesFirst(true)
            }}
            className="control pl-8"
          />
        </div>
        <Command.List className="mt-2 max-h-[50dvh] overflow-y-auto" label="Organizations">
          {offersGlobal && (
            <Choice
              value={GLOBAL}
              label="Global"
              note="Shared with all organizations"
              icon={Globe}
              current={current}
              chosen={chosen}
              onChoose={choose}
            />
          )}
          {shown.map((one) => (
            <Choice
              key={one.id}
              value={one.id}
              label={one.name}
              note={one.is_provider ? 'Service provider' : undefined}
              depth={text === '' ? depthIn(shown, one) : 0}
              icon={Building2}
              current={current}
              chosen={chosen}
              onChoose={choose}
            />
          ))}
        </Command.List>
      </Command>
      <QueryView query={organizations} rows={3}>
        {({ next_cursor: more }) => (
          <>
            {isSettled && shown.length === 0 && (
              <p role="status" className="px-2 py-4 text-sm text-muted">
                No matching organizations.
              </p>
            )}
            {more && (
              <p className="px-2 pt-2 text-xs text-faint">There are more. Search by name to find them.</p>
            )}
          </>
        )}
      </QueryView>
    </Dialog>
  )
}

function Choice({
  value,
  label,
  note,
  depth = 0,
  icon: Icon,
  current,
  chosen,
  onChoose,
}: {
  value: string
  label: string
  note?: string | undefined
  depth?: number
  icon: typeof Globe
  current: string
  /** The one whose page is being loaded. */
  chosen: string | null
  onChoose: (value: string) => void
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onChoose}
      disabled={chosen !== null}
      aria-current={value === current || undefined}
      style={{ paddingLeft: `${8 + depth * 18}px` }}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md py-1 pr-2 data-[disabled=true]:opacity-60 data-[selected=true]:bg-hover"
    >
      <Icon size={15} aria-hidden className="shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate">
        {label} {note && <span className="ml-1 text-xs text-faint">{note}</span>}
      </span>
      {value === chosen ? (
        <LoaderCircle size={15} className="animate-spin" aria-label="Loading" />
      ) : (
        value === current && <Check size={15} aria-label="Current" className="text-accent" />
      )}
    </Command.Item>
  )
}

/** How far below the highest one in view it stands. */
const depthIn = (shown: readonly Organization[], one: Organization): number =>
  one.path.slice(1).filter((above) => shown.some(({ id }) => id === above)).length
