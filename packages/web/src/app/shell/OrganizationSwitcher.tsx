import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { Building2, ChevronsUpDown, Globe } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { organizationQueries } from '../../pages/organizations/queries.ts'
import { useMay, useMe } from '../session.ts'

const SwitcherDialog = lazy(() => import('./SwitcherDialog.tsx'))

/** The organization that the user acts for; shown only to users who have a choice. */
export function OrganizationSwitcher({ className }: { className?: string }) {
  const me = useMe()
  const may = useMay()
  const mayChoose = may('organization:read')
  const organizations = useQuery({ ...organizationQueries.some(''), enabled: mayChoose })
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
        aria-haspopup="dialog"
        aria-label={`Organization: ${name}. Choose another`}
        className={clsx(
          'flex h-[34px] items-center gap-2 rounded-md border px-2.5 text-left text-sm font-medium transition-colors',
          isAway
            ? 'border-accent bg-accent-soft text-accent-strong'
            : 'border-line bg-surface shadow-lift hover:bg-hover',
          className,
        )}
      >
        <Icon size={15} aria-hidden className="shrink-0" />
        <span className="min-w-0 flex-1 truncate">{name}</span>
        <ChevronsUpDown size={14} aria-hidden className="shrink-0 opacity-60" />
      </button>
      {open && (
        <Suspense>
          <SwitcherDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
