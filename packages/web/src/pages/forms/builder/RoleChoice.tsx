import { routes } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../../app/api.ts'
import { InlineProblem, Skeleton } from '../../../components/states.tsx'
import { explain } from '../../../errors.ts'
import { Check } from './FieldDialog.tsx'

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
  if (roles.isPending) return <Skeleton className="h-7 w-48" />
  if (roles.isError) return <InlineProblem>{explain(roles.error).message}</InlineProblem>
  if (roles.data.items.length === 0)
    return <p className="text-sm text-muted">No roles yet. Administrators create them.</p>
  return (
    <fieldset>
      <legend className="sr-only">Roles</legend>
      {roles.data.items.map(({ id, name }) => (
        <Check
          key={id}
          label={name}
          checked={chosen.includes(id)}
          onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
        />
      ))}
    </fieldset>
  )
}
