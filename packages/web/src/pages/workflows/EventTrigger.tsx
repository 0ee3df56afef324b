import type { Workflow } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/session.ts'
import { CodeSample } from '../../ui/CodeSample.tsx'
import { Section } from '../../ui/Page.tsx'
import { emitSample } from './call-samples.ts'

/** The event that starts a workflow, and those that cancel its runs. */
export function EventTrigger({ workflow }: { workflow: Workflow }) {
  const { start_on, cancel_on } = workflow
  return (
    <Section title="Event">
      {start_on ? (
        <>
          <CodeSample
            label="the curl command that emits"
            code={emitSample(window.location.origin, workflow)}
          />
          <p className="mt-2 text-sm text-muted">
            Each <EventName name={start_on.event} /> starts it. {inputFrom[inputKind(start_on.map)]}
          </p>
        </>
      ) : (
        <p className="text-sm text-muted">
          No event starts the workflow. To start it on an event, set the option <code>startOn</code> in its
          file.
        </p>
      )}
      {cancel_on.length > 0 && (
        <ul className="mt-2 grid gap-1 text-sm text-muted">
          {cancel_on.map(({ event, match }) => (
            <li key={`${event} ${JSON.stringify(match)}`}>
              <EventName name={event} /> cancels{' '}
              {Object.keys(match).length === 0 ? (
                'all its live runs'
              ) : (
                <>
                  a run where{' '}
                  <code className="[overflow-wrap:anywhere]">
                    {Object.entries(match)
                      .map(([field, path]) => `payload.${field} = ${path}`)
                      .join(' and ')}
                  </code>
                </>
              )}
              .
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

const inputFrom = {
  code: 'Its own code builds the input, and can decline the event.',
  paths: 'The input comes from paths into the event.',
  payload: 'The input comes from the payload.',
}

function inputKind(map: NonNullable<Workflow['start_on']>['map']): keyof typeof inputFrom {
  if (map === 'code') return 'code'
  return map ? 'paths' : 'payload'
}

function EventName({ name }: { name: string }) {
  const may = useMay()
  if (!may('execution:debug')) return <code>{name}</code>
  return (
    <Link to="/events" search={{ name }} className="font-medium text-accent underline underline-offset-2">
      {name}
    </Link>
  )
}
