import { Ellipsis } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'

/** What can be done with one row; its children are `DropdownMenu.Item`s. */
export function MoreMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={label}
        title={label}
        className="inline-flex size-8 items-center justify-center rounded-md align-middle text-muted transition-colors hover:bg-hover hover:text-ink data-[state=open]:bg-hover"
      >
        <Ellipsis size={16} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        align="end"
        sideOffset={4}
        collisionPadding={8}
        className="z-40 min-w-44 animate-pop rounded-lg bg-raised p-1.5 text-left text-sm shadow-pop [&_[role=menuitem]]:flex [&_[role=menuitem]]:h-8 [&_[role=menuitem]]:cursor-pointer [&_[role=menuitem]]:items-center [&_[role=menuitem]]:rounded-md [&_[role=menuitem]]:px-2 [&_[role=menuitem]]:outline-none [&_[role=menuitem][data-highlighted]]:bg-hover"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}
