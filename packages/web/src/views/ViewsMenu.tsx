import { routes, type SavedView } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import clsx from 'clsx'
import { Bookmark, Check, Pencil, Plus, Star } from 'lucide-react'
import { Popover } from 'radix-ui'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { api } from '../app/api.ts'
import { explain } from '../errors.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { InlineProblem } from '../ui/states.tsx'
import type { AnyListState } from '../ui/use-list-state.ts'
import { viewQueries } from './queries.ts'
import { isSame, searchOf } from './view-filter.ts'

/** Loaded when it is opened: forms are not part of the first load. */
const ViewDialog = lazy(async () => ({ default: (await import('./ViewDialog.tsx')).ViewDialog }))

/** The saved views of a list: opens, saves and changes them. A list that was opened without a filter gets the default one. */
export function ViewsMenu({ list }: { list: AnyListState }) {
  const { data: views = [], error } = useQuery(viewQueries.of(list.id))
  const [isOpen, setOpen] = useState(false)
  const [edited, setEdited] = useState<SavedView | 'new' | null>(null)
  useDefault(list, views)
  const shown = views.find(({ filter }) => isSame(list.search, filter))
  const groups = [
    { label: 'Your views', views: views.filter(({ shared }) => !shared) },
    { label: 'Shared with the organization', views: views.filter(({ shared }) => shared) },
  ].filter((group) => group.views.length > 0)
  const edit = (view: SavedView | 'new') => {
    setOpen(false)
    setEdited(view)
  }
  return (
    <>
      <Popover.Root open={isOpen} onOpenChange={setOpen}>
        <Popover.Trigger className="inline-flex h-[34px] max-w-56 items-center gap-2 rounded-md px-2.5 font-medium text-muted transition-colors hover:bg-hover hover:text-ink">
          <Bookmark size={15} aria-hidden className="shrink-0" />
          <span className="truncate">{shown && list.isFiltered ? shown.name : 'Views'}</span>
        </Popover.Trigger>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Views"
          className="z-30 max-h-[var(--radix-popover-content-available-height)] w-72 animate-pop overflow-y-auto rounded-lg bg-raised p-1.5 shadow-pop"
        >
          {error && <InlineProblem>{explain(error).message}</InlineProblem>}
          {groups.length === 0 && !error && (
            <p className="px-2 py-1.5 text-muted">
              Save the current filters, sorting and columns, and return to them with one click.
            </p>
          )}
          {groups.map((group) => (
            <section key={group.label} aria-label={group.label} className="mb-1.5">
              <h3 className="px-2 py-1 text-xs text-faint">{group.label}</h3>
              <ul>
                {group.views.map((view) => (
                  <ViewItem
                    key={view.id}
                    view={view}
                    isShown={view === shown}
                    onOpen={() => {
                      list.applySearch(searchOf(view.filter))
                      setOpen(false)
                    }}
                    onEdit={() => edit(view)}
                  />
                ))}
              </ul>
            </section>
          ))}
          <Button look="quiet" size="sm" icon={Plus} className="w-full" onClick={() => edit('new')}>
            Save this view
          </Button>
        </Popover.Content>
      </Popover.Root>
      {edited && (
        <Suspense>
          <ViewDialog list={list} view={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
        </Suspense>
      )}
    </>
  )
}

function ViewItem({
  view,
  isShown,
  onOpen,
  onEdit,
}: {
  view: SavedView
  isShown: boolean
  onOpen: () => void
  onEdit: () => void
}) {
  const client = useQueryClient()
  const setDefault = useMutation({
    mutationFn: () => api(routes.updateView, { params: { id: view.id }, body: { default: !view.default } }),
    onSettled: () => client.invalidateQueries({ queryKey: viewQueries.of(view.list).queryKey }),
  })
  return (
    <li className="flex items-center rounded-md hover:bg-hover">
      <button
        type="button"
        onClick={onOpen}
        aria-current={isShown || undefined}
        className="flex h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-2 text-left"
      >
        <Check size={14} aria-hidden className={clsx('shrink-0', !isShown && 'invisible')} />
        <span className="truncate">{view.name}</span>
      </button>
      <IconButton
        size="sm"
        icon={Star}
        aria-pressed={view.default}
        className={clsx(view.default && 'text-accent [&_svg]:fill-current')}
        label={`${view.name}: open the list with it`}
        onClick={() => setDefault.mutate()}
      />
      {view.can_edit && <IconButton size="sm" icon={Pencil} label={`Edit ${view.name}`} onClick={onEdit} />}
    </li>
  )
}

/** Opens the list with the person's default, unless the address already says what to show. */
function useDefault(list: AnyListState, views: readonly SavedView[]): void {
  const mayApply = useRef(!list.isFiltered && list.order === null)
  const chosen = views.find((view) => view.default)
  useEffect(() => {
    if (!mayApply.current || !chosen) return
    mayApply.current = false
    list.applySearch(searchOf(chosen.filter))
  }, [chosen, list])
}
