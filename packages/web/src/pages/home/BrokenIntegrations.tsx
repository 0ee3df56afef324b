import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/session.ts'
import { InlineProblem } from '../../ui/states.tsx'
import { integrationQueries } from '../integrations/queries.ts'

/** Integrations that have to be connected again, for those who can do it. */
export function BrokenIntegrations() {
  const may = useMay()
  const list = useQuery({
    ...integrationQueries.list(),
    enabled: may('integration:write'),
    refetchInterval: 60_000,
  })
  const broken = (list.data?.items ?? []).filter(({ state }) => state === 'needs_reconnect')
  if (broken.length === 0) return null
  return (
    <div className="mb-6 grid gap-2">
      {broken.map(({ id, name, problem }) => (
        <InlineProblem key={id}>
          <Link to="/integrations/$id" params={{ id }} className="font-medium underline">
            {name}
          </Link>
          : {problem}
        </InlineProblem>
      ))}
    </div>
  )
}
