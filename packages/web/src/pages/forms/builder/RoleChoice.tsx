import { routes } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../../app/api.ts'
import { QueryView } from '../../../ui/QueryView.tsx'
import { Skeleton } from '../../../ui/states.tsx'
import { Check } from './settings.tsx'

/** The roles whose people may use a form. */
export function RoleChoice({
  chosen,
  onChange,
}: {
  chosen: readonly string[]
  onChange: (ids: string[]) => void
}) {
  const roles = useQuery({
    queryKey: ['roles', 'list'],
    queryFn: ({ signal }) => api(routes.listRoles, { signal }),
  })
  return (
    <QueryView
      query={roles}
      pending={<Skeleton className="h-7 w-48" />}
      isInline
      empty={<p className="text-sm text-muted">No roles yet. Administrators create them.</p>}
    >
      {({ items }) => (
        <fieldset>
          <legend className="sr-only">Roles</legend>
          {items.map(({ id, name }) => (
            <Check
              key={id}
              label={name}
              checked={chosen.includes(id)}
              onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
            />
          ))}
        </fieldset>
      )}
    </QueryView>
  )
}
