import type { Schedule } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatExact } from '../../format.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { JsonTree } from '../../ui/JsonTree.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { ScrollRegion } from '../../ui/ScrollRegion.tsx'
import { FireTimeView } from './FireTimeView.tsx'
import { NextTimes } from './NextTimes.tsx'
import { scheduleQueries } from './queries.ts'
import { catchUpLabels, fireTimeKind, formatInZone, overlapLabels } from './schedule-words.ts'

/** All of one schedule: what it does, its next times, and what became of those that passed. */
export function ScheduleDetails({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { workflow, source, cron, timezone, text, overlap, catch_up, input, next, paused, runs_as } = schedule
  const facts: [string, string][] = [
    ['Cron', `${cron} (${timezone})`],
    ['If a run is still in progress', overlapLabels[overlap]],
    ['After downtime', catchUpLabels[catch_up]],
    ['Runs as', runs_as?.name ?? 'A member of the organization'],
    ['Declared', source === 'code' ? `in ${workflow.path}` : 'here'],
  ]
  return (
    <Dialog title={workflow.name} onClose={onClose} className="w-[min(40rem,calc(100vw-2rem))]">
      <p className="-mt-2 mb-4 text-muted">
        {text}.{' '}
        <Link
          to="/workflows/$name"
          params={{ name: workflow.name }}
          className="font-medium text-accent underline underline-offset-2"
        >
          Open the workflow
        </Link>
      </p>
      <div className="grid gap-5 sm:grid-cols-2">
        <Section title="Next times">
          {paused ? (
            <p className="text-sm text-muted">It is paused. Fire times that pass meanwhile are skipped.</p>
          ) : (
            <NextTimes next={next} timezone={timezone} />
          )}
        </Section>
        <Section title="Settings">
          <dl className="grid gap-1.5 text-sm">
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt className="text-xs text-faint">{name}</dt>
                <dd className="break-words">{value}</dd>
              </div>
            ))}
          </dl>
        </Section>
      </div>
      {Object.keys(input).length > 0 && (
        <Section title="Input" className="mt-5">
          <JsonTree value={input} label="Schedule input" />
        </Section>
      )}
      <Section title="Recent runs" className="mt-5">
        <FireTimeList id={schedule.id} timezone={timezone} />
      </Section>
    </Dialog>
  )
}

function FireTimeList({ id, timezone }: { id: string; timezone: string }) {
  const fireTimes = useQuery({ ...scheduleQueries.fireTimes(id), refetchInterval: 5_000 })
  return (
    <QueryView
      query={fireTimes}
      rows={3}
      empty={<p className="text-sm text-muted">No fire time has passed yet.</p>}
    >
      {(fireTimes) => (
        <ScrollRegion label="List of recent runs" className="max-h-64 overflow-y-auto">
          <ul className="divide-y divide-line">
            {fireTimes.map((fireTime) => (
              <li key={fireTime.fire_time} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
                <time
                  dateTime={fireTime.fire_time}
                  title={formatExact(fireTime.fire_time)}
                  className="tabular w-48 shrink-0 text-sm text-muted"
                >
                  {formatInZone(fireTime.fire_time, timezone)}
                </time>
                <span className="min-w-0 flex-1 basis-56">
                  <FireTimeView fireTime={fireTime} />
                  {fireTimeKind(fireTime) && (
                    <span className="text-sm text-faint"> {fireTimeKind(fireTime)}</span>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </ScrollRegion>
      )}
    </QueryView>
  )
}
