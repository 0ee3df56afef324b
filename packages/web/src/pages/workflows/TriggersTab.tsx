import { languageOf, type Workflow } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/session.ts'
import { CodeSample } from '../../ui/CodeSample.tsx'
import { Section } from '../../ui/Page.tsx'
import { cliSample, curlSample, fetchSample, importSample, sampleInput } from './call-samples.ts'
import { EndpointTrigger } from './EndpointTrigger.tsx'
import { EventTrigger } from './EventTrigger.tsx'
import { FormTrigger } from './FormTrigger.tsx'
import { ScheduleTrigger } from './ScheduleTrigger.tsx'

/** How to start it without this page. */
export function TriggersTab({ workflow }: { workflow: Workflow }) {
  const { name, parameters, export_name, path } = workflow
  const input = sampleInput(parameters)
  const origin = window.location.origin
  const may = useMay()
  return (
    <div className="grid grid-cols-1 gap-7">
      <p className="max-w-2xl text-muted">
        Each of these starts the same run as the form. An{' '}
        <Link to="/keys" className="font-medium text-accent underline underline-offset-2">
          API key
        </Link>{' '}
        authenticates as you.
      </p>
      <div className="grid grid-cols-1 gap-7 xl:grid-cols-2">
        {may('schedule:read') && <ScheduleTrigger workflow={workflow} />}
        <EventTrigger workflow={workflow} />
        {may('form:use') && workflow.type !== 'data_provider' && <FormTrigger workflow={workflow} />}
        {workflow.type !== 'data_provider' && <EndpointTrigger workflow={workflow} />}
        <Section title="HTTP, synchronous">
          <CodeSample
            label="the curl command that waits"
            code={curlSample(origin, name, 'execute', { input })}
          />
        </Section>
        <Section title="HTTP, asynchronous">
          <CodeSample
            label="the curl command that queues"
            code={curlSample(origin, name, 'run', { input })}
          />
          <p className="mt-2 text-sm text-muted">
            Returns the execution ID. Add <code>"delay_seconds"</code>, <code>"scheduled_at"</code> or an{' '}
            <code>"idempotency_key"</code> beside <code>"input"</code>.
          </p>
        </Section>
        <Section title="Command line">
          <CodeSample label="the command" code={cliSample(name, input)} />
        </Section>
        <Section title="TypeScript, from anywhere">
          <CodeSample label="the snippet" code={fetchSample(origin, name, { input })} />
        </Section>
        <Section title="From another workflow, in the same run">
          <CodeSample label="the import" code={importSample(export_name, path)} />
          <p className="mt-2 text-sm text-muted">
            It is an ordinary function: call it with its arguments.{' '}
            {languageOf(path) === 'python'
              ? 'The path of a module begins at the top of the workspace.'
              : 'The import path is relative to the importing file.'}
          </p>
        </Section>
      </div>
    </div>
  )
}
