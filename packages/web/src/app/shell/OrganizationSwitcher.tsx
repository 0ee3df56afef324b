import { type Organization, routes } from '@bifrost/contract'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import clsx from 'clsx'
import { Building2, Check, ChevronsUpDown, Globe } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { Dialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { ErrorState, SkeletonRows } from '../../components/states.tsx'
import { api } from '../api.ts'
import { queries } from '../queries.ts'
import { useMay, useMe } from '../session.ts'

/** For whom somebody acts; only for those who have a choice. */
export function OrganizationSwitcher() {
  const me = useMe()
  const may = useMay()
  const mayChoose = may('organization:read')
  const organizations = useQuery({ ...queries.organizations(''), enabled: mayChoose })
  const [open, setOpen] = useState(false)
  const hasChoice = me.is_provider || me.acting !== 'home' || (organizations.data?.items.length ?? 0) > 1
  if (!mayChoose || !hasChoice) return null
  const isAway = me.acting !== 'home'
  const name = me.acting === 'global' ? 'Global' : me.organization.name
  const Icon = me.acting === 'global' ? Globe : Building2
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        aria-label={`Organisation: ${name}. Choose another`}
        className={clsx(
          'mb-2 flex h-[34px] w-full items-center gap-2 rounded-md border px-2.5 text-left text-sm font-medium transition-colors',
          isAway
            ? 'border-accent bg-accent-soft text-accent-strong'
            : 'border-line bg-surface shadow-lift hover:bg-hover',
        )}
      >
        <Icon size={15} aria-hidden className="shrink-0" />
        <span className="min-w-0 flex-1 truncate">{name}</span>
        <ChevronsUpDown size={14} aria-hidden className="shrink-0 opacity-60" />
      </button>
      {open && <SwitcherDialog onClose={() => setOpen(false)} />}
    </>
  )
}

function SwitcherDialog({ onClose }: { onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const router = useRouter()
  const [search, setSearch] = useState('')
  const asked = useDeferredValue(search.trim())
  const organizations = useQuery({ ...queries.organizations(asked), placeholderData: keepPreviousData })
  const choose = useMutation({
    mutationFn: (scope: string) => api(routes.switchScope, { body: { scope } }),
    onSuccess: async (now) => {
      // Nothing of the organisation that was left may stay in view.
      client.clear()
      client.setQueryData(queries.me().queryKey, now)
      onClose()
      await router.navigate({ to: '/' })
      await router.invalidate()
    },
    onError: notify.failure,
  })
  const shown = (organizations.data?.items ?? []).filter((one) => one.is_active)
  const current = me.acting === 'global' ? 'global' : me.organization.id
  return (
    <Dialog title="Act for" onClose={onClose}>
      <p className="mb-3 text-sm text-muted">
        You see and change what belongs to the one you choose. Your role stays the same.
      </p>
      <SearchInput label="Search organisations" value={search} onChange={setSearch} shortcut={false} />
      <ul className="mt-2 max-h-[50dvh] overflow-y-auto" aria-label="Organisations">
        {me.is_provider && me.role !== 'external' && asked === '' && (
          <Choice
            label="Global"
            note="What is everybody’s"
            icon={Globe}
            isCurrent={current === 'global'}
            disabled={choose.isPending}
            onChoose={() => choose.mutate('global')}
          />
        )}
        {shown.map((one) => (
          <Choice
            key={one.id}
            label={one.name}
            note={one.is_provider ? 'Runs this installation' : undefined}
            depth={asked === '' ? depthIn(shown, one) : 0}
            icon={Building2}
            isCurrent={current === one.id}
            disabled={choose.isPending}
            onChoose={() => choose.mutate(one.id)}
          />
        ))}
      </ul>
      {organizations.isPending && <SkeletonRows rows={3} />}
      {organizations.isError && (
        <ErrorState error={organizations.error} onRetry={() => void organizations.refetch()} />
      )}
      {organizations.data && shown.length === 0 && (
        <p className="px-2 py-4 text-sm text-muted">No organisation has this text in its name.</p>
      )}
      {organizations.data?.next_cursor && (
        <p className="px-2 pt-2 text-xs text-faint">There are more: search for a part of the name.</p>
      )}
    </Dialog>
  )
}

function Choice({
  label,
  note,
  depth = 0,
  icon: Icon,
  isCurrent,
  disabled,
  onChoose,
}: {
  label: string
  note?: string | undefined
  depth?: number
  icon: typeof Globe
  isCurrent: boolean
  disabled: boolean
  onChoose: () => void
}) {
  return (
    <li>
      <button
        type="button"
        onClick={onChoose}
        disabled={disabled}
        aria-current={isCurrent || undefined}
        style={{ paddingLeft: `${8 + depth * 18}px` }}
        className="flex min-h-9 w-full items-center gap-2.5 rounded-md py-1 pr-2 text-left transition-colors hover:bg-hover disabled:opacity-60"
      >
        <Icon size={15} aria-hidden className="shrink-0 text-faint" />
        <span className="min-w-0 flex-1 truncate">
          {label} {note && <span className="ml-1 text-xs text-faint">{note}</span>}
        </span>
        {isCurrent && <Check size={15} aria-label="Current" className="text-accent" />}
      </button>
    </li>
  )
}

/** How far below the highest one in view it stands. */
export const depthIn = (shown: readonly Organization[], one: Organization): number =>
  one.path.slice(1).filter((above) => shown.some(({ id }) => id === above)).length
