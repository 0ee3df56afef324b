import { Link } from '@tanstack/react-router'
import { BookOpen, ChevronsUpDown, LogOut, Monitor, Moon, ShieldCheck, Sun } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { roleNames } from '../../role-names.ts'
import { notify } from '../../ui/notices.tsx'
import { useMe, useSignOut } from '../session.ts'
import { setTheme, type Theme, useTheme } from '../theme.ts'

const themeChoices: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
]
const item =
  'flex h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 outline-none select-none data-highlighted:bg-hover'

/** Who is signed in; theme, reference, sign-out. */
export function ProfileMenu() {
  const me = useMe()
  const theme = useTheme()
  const signOut = useSignOut()
  const name = me.name || me.email
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="flex w-full items-center gap-2.5 rounded-md p-1.5 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover">
        <span
          aria-hidden
          className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
        >
          {initials(name)}
        </span>
        <span className="min-w-0 flex-1 leading-tight">
          <span className="block truncate text-sm font-medium">{name}</span>
          <span className="block truncate text-xs text-faint">{me.organization.name}</span>
        </span>
        <ChevronsUpDown size={14} aria-hidden className="text-faint" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        side="top"
        align="start"
        sideOffset={6}
        collisionPadding={8}
        className="z-40 w-[224px] animate-pop rounded-lg bg-raised p-1.5 text-sm shadow-pop"
      >
        <DropdownMenu.Label className="px-2 pt-1 pb-2">
          <span className="block truncate font-medium">{me.email}</span>
          <span className="block text-xs text-faint">{roleNames[me.role]}</span>
        </DropdownMenu.Label>
        <DropdownMenu.Separator className="mx-1 mb-1 h-px bg-line" />
        <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
          <DropdownMenu.Label className="px-2 py-1 text-xs text-faint">Appearance</DropdownMenu.Label>
          {themeChoices.map(({ value, label, icon: Icon }) => (
            <DropdownMenu.RadioItem
              key={value}
              value={value}
              className={item}
              onSelect={(event) => event.preventDefault()}
            >
              <Icon size={15} aria-hidden className="text-faint" />
              {label}
              <DropdownMenu.ItemIndicator className="ml-auto size-1.5 rounded-full bg-accent" />
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="m-1 h-px bg-line" />
        <DropdownMenu.Item asChild className={item}>
          <Link to="/account/security">
            <ShieldCheck size={15} aria-hidden className="text-faint" />
            Sign-in and security
          </Link>
        </DropdownMenu.Item>
        <DropdownMenu.Item asChild className={item}>
          <a href="/api/docs" target="_blank" rel="noreferrer">
            <BookOpen size={15} aria-hidden className="text-faint" />
            API reference
          </a>
        </DropdownMenu.Item>
        <DropdownMenu.Item className={item} onSelect={() => void signOut().catch(notify.failure)}>
          <LogOut size={15} aria-hidden className="text-faint" />
          Sign out
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

function initials(name: string): string {
  const words = name.split(/[\s@.]+/).filter(Boolean)
  return ((words[0]?.[0] ?? '') + (words[1]?.[0] ?? '')).toUpperCase()
}
