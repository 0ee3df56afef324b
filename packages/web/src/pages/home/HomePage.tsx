import { useQuery } from '@tanstack/react-query'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { NoAccess } from '../../ui/states.tsx'
import { anyLive } from '../executions/list/live-rows.ts'
import { RunTable, runColumns } from '../executions/list/RunTable.tsx'
import { executionQueries } from '../executions/queries.ts'
import { BrokenIntegrations } from './BrokenIntegrations.tsx'
import { DayCounts } from './DayCounts.tsx'
import { Failures } from './Failures.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { MostUsed } from './MostUsed.tsx'
import { homeQueries } from './queries.ts'

const recentRunsMax = 8
const columns = runColumns({})

/** What happened lately, and what wants attention. */
export function HomePage() {
  const me = useMe()
  const firstName = me.name.split(' ')[0]
  const greeting = `${partOfDay(new Date().getHours())}${firstName ? `, ${firstName}` : ''}`
  return (
    <Page
      title="Home"
      heading={<h1 className="text-2xl font-semibold tracking-[-0.015em]">{greeting}</h1>}
      actions={<ButtonLink to="/workflows">All workflows</ButtonLink>}
    >
      <BrokenIntegrations />
      <Overview />
    </Page>
  )
}

function Overview() {
  const may = useMay()
  const allowed = may('execution:read')
  const recent = useQuery({
    ...executionQueries.recent(recentRunsMax),
    enabled: allowed,
    refetchInterval: ({ state }) => (anyLive(state.data?.items) ? 2_000 : 10_000),
  })
  const day = useQuery({ ...homeQueries.lastDay(), enabled: allowed, refetchInterval: 20_000 })
  if (!allowed) return <NoAccess what="runs" />
  return (
    <QueryView query={recent} empty={<FirstSteps />}>
      {({ items }) => (
        <QueryView query={day}>
          {(day) => (
            <div className="grid grid-cols-1 gap-9">
              <DayCounts runs={day.items} complete={day.complete} />
              <Section
                title="Recent runs"
                aside={
                  <ButtonLink look="quiet" size="sm" to="/history">
                    History
                  </ButtonLink>
                }
              >
                <RunTable runs={items} columns={columns} />
              </Section>
              <div className="grid grid-cols-1 gap-9 lg:grid-cols-2">
                <Failures runs={day.items} />
                <MostUsed runs={day.items} />
              </div>
            </div>
          )}
        </QueryView>
      )}
    </QueryView>
  )
}

function partOfDay(hour: number): string {
  if (hour < 5 || hour >= 18) return 'Good evening'
  return hour < 12 ? 'Good morning' : 'Good afternoon'
}
