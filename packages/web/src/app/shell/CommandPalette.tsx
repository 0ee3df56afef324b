import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Database, LogOut, Monitor, Moon, Sun, Workflow, Wrench } from 'lucide-react'
import type { ReactNode } from 'react'
import { workflowQueries } from '../../pages/workflows/queries.ts'
import { paths } from '../../paths.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { Prose } from '../../ui/Prose.tsx'
import { useMay, useSignOut } from '../session.ts'
import { setTheme } from '../theme.ts'
import { navigation } from './navigation.ts'
import { rankItem } from './rank-item.ts'

const typeIcons = { workflow: Workflow, tool: Wrench, data_provider: Database }
const groupStyle =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint'

/** Goes to any page and any workflow by a few letters of its name. */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const may = useMay()
  const signOut = useSignOut()
  const workflows = useQuery({ ...workflowQueries.list(), enabled: may('workflow:read') })
  const go = (href: string) => {
    onClose()
    void navigate({ href })
  }
  const act = (action: () => void) => {
    onClose()
    action()
  }

  return (
    <Dialog
      bare
      title="Search or go to"
      onClose={onClose}
      className="mt-[12vh] w-[min(38rem,calc(100vw-1.5rem))]"
    >
      <Command label="Search or go to" loop filter={rankItem}>
        <Command.Input
          data-autofocus
          placeholder="Search workflows and pages"
          className="h-12 w-full border-b border-line bg-transparent px-4 text-lg outline-none"
        />
        <Command.List className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5">
          <Command.Empty className="px-3 py-8 text-center text-muted">No results.</Command.Empty>
          <Command.Group heading="Pages" className={groupStyle}>
            {navigation
              .flatMap(({ items }) => items)
              .filter((item) => may(item.permission))
              .map(({ to, label, icon: Icon, words }) => (
                <Item key={to} value={`page ${label}`} keywords={words} onSelect={() => go(to)}>
                  <Icon size={16} aria-hidden className="text-faint" />
                  {label}
                </Item>
              ))}
          </Command.Group>
          {workflows.data && workflows.data.items.length > 0 && (
            <Command.Group heading="Workflows" className={groupStyle}>
              {workflows.data.items.map(({ id, name, type, description, category, tags }) => {
                const Icon = typeIcons[type]
                return (
                  <Item
                    key={id}
                    value={`workflow ${name}`}
                    keywords={[category, ...tags]}
                    onSelect={() => go(paths.workflow(name))}
                  >
                    <Icon size={16} aria-hidden className="shrink-0 text-faint" />
                    <span className="font-medium">{name}</span>
                    <span className="min-w-0 truncate text-sm text-faint">
                      {description && <Prose text={description} />}
                    </span>
                  </Item>
                )
              })}
            </Command.Group>
          )}
          <Command.Group heading="Actions" className={groupStyle}>
            <Item value="theme light" onSelect={() => act(() => setTheme('light'))}>
              <Sun size={16} aria-hidden className="text-faint" /> Light appearance
            </Item>
            <Item value="theme dark" onSelect={() => act(() => setTheme('dark'))}>
              <Moon size={16} aria-hidden className="text-faint" /> Dark appearance
            </Item>
            <Item value="theme system" onSelect={() => act(() => setTheme('system'))}>
              <Monitor size={16} aria-hidden className="text-faint" /> System appearance
            </Item>
            <Item value="sign out" onSelect={() => act(() => void signOut().catch(notify.failure))}>
              <LogOut size={16} aria-hidden className="text-faint" /> Sign out
            </Item>
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  )
}

function Item({
  value,
  keywords,
  onSelect,
  children,
}: {
  value: string
  keywords?: string[]
  onSelect: () => void
  children: ReactNode
}) {
  return (
    <Command.Item
      value={value}
      {...(keywords ? { keywords } : {})}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-hover"
    >
      {children}
    </Command.Item>
  )
}
