import { Link } from '@tanstack/react-router'
import clsx from 'clsx'
import { useMay } from '../session.ts'
import { navigation } from './navigation.ts'
import { TaskBadge } from './TaskBadge.tsx'

/** The pages, by group; only those that the signed-in person may use. */
export function Rail({ className }: { className?: string }) {
  const may = useMay()
  return (
    <nav aria-label="Main" className={clsx('overflow-y-auto', className)}>
      {navigation.map(({ group, items }) => {
        const allowed = items.filter((item) => may(item.permission))
        if (allowed.length === 0) return null
        return (
          <div key={group} className="mb-4">
            <div className="mb-1 px-2 text-2xs font-semibold tracking-wide text-faint">{group}</div>
            <ul>
              {allowed.map(({ to, label, icon: Icon, badge }) => (
                <li key={to}>
                  <Link
                    to={to}
                    activeOptions={{ exact: to === '/', includeSearch: false }}
                    className="group flex h-8 items-center gap-2.5 rounded-md px-2 font-medium text-muted transition-colors hover:bg-hover hover:text-ink data-[status=active]:bg-accent-soft data-[status=active]:text-accent-strong"
                  >
                    <Icon
                      size={16}
                      aria-hidden
                      className="text-faint group-hover:text-current group-data-[status=active]:text-current"
                    />
                    {label}
                    {badge === 'tasks' && <TaskBadge />}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </nav>
  )
}
