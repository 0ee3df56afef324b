import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { Menu, Search, X } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { IconButton } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useActingProblem } from '../acting.ts'
import { Wordmark } from '../Logo.tsx'
import { useProofNeeded } from '../proof.ts'
import { ActingStopped } from './ActingStopped.tsx'
import { OrganizationSwitcher } from './OrganizationSwitcher.tsx'
import { ProfileMenu } from './ProfileMenu.tsx'
import { Rail } from './Rail.tsx'

const CommandPalette = lazy(() => import('./CommandPalette.tsx'))
/** Loaded when it is needed: forms are not part of the first load. */
const ProofDialog = lazy(() => import('./ProofDialog.tsx'))
const commandKey = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'

/** Left rail, top bar on small screens, and the page. */
export function Shell() {
  const [palette, setPalette] = useState(false)
  const [drawer, setDrawer] = useState(false)
  const asksForProof = useProofNeeded()
  const main = useRef<HTMLElement>(null)
  const pathname = useRouterState({ select: (state) => state.location.pathname })

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
      event.preventDefault()
      setPalette((open) => !open)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes when the page changes
  useEffect(() => setDrawer(false), [pathname])

  const problem = useActingProblem()
  if (problem) return <ActingStopped problem={problem} />

  const search = (
    <button
      type="button"
      onClick={() => setPalette(true)}
      className="flex h-[34px] w-full items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-sm text-faint shadow-lift transition-colors hover:text-ink"
    >
      <Search size={15} aria-hidden />
      <span className="flex-1 text-left">Search or go to</span>
      <kbd className="font-mono text-2xs">{commandKey}</kbd>
    </button>
  )

  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only z-50 rounded-md bg-raised px-3 py-2 shadow-pop focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </button>

      <aside className="sticky top-0 hidden h-dvh w-[232px] shrink-0 flex-col border-r border-line px-3 py-4 lg:flex">
        <Link to="/" className="mb-4 self-start px-2" aria-label="Bifrost, home">
          <Wordmark />
        </Link>
        <OrganizationSwitcher className="mb-2 w-full" />
        {search}
        <Rail className="mt-5 flex-1" />
        <ProfileMenu />
      </aside>

      <header className="sticky top-0 z-20 flex h-[52px] items-center gap-1 border-b border-line bg-canvas px-2 lg:hidden">
        <IconButton label="Menu" icon={Menu} onClick={() => setDrawer(true)} />
        <Link to="/" className="px-1" aria-label="Bifrost, home">
          <Wordmark />
        </Link>
        <OrganizationSwitcher className="min-w-0 flex-1" />
        <IconButton
          label="Search or go to"
          icon={Search}
          className="ml-auto"
          onClick={() => setPalette(true)}
        />
      </header>
      {drawer && (
        <Dialog
          bare
          title="Menu"
          onClose={() => setDrawer(false)}
          className="!m-0 h-dvh !max-h-none w-[264px] rounded-l-none"
        >
          <div className="flex h-full flex-col px-3 py-3">
            <div className="mb-4 flex items-center justify-between pl-2">
              <Wordmark />
              <IconButton label="Close" icon={X} onClick={() => setDrawer(false)} />
            </div>
            <Rail className="flex-1" />
            <ProfileMenu />
          </div>
        </Dialog>
      )}

      <main ref={main} id="main" tabIndex={-1} className="min-w-0 flex-1 bg-surface focus:outline-none">
        <Outlet />
      </main>

      {asksForProof && (
        <Suspense>
          <ProofDialog />
        </Suspense>
      )}

      {palette && (
        <Suspense>
          <CommandPalette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  )
}
