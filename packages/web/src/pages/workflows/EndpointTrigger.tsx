import type { Workflow } from '@bifrost/contract'
import { useMay } from '../../app/session.ts'
import { CodeSample } from '../../ui/CodeSample.tsx'
import { Section } from '../../ui/Page.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { EndpointKeys } from '../keys/EndpointKeys.tsx'
import { endpointSample, sampleInput } from './call-samples.ts'

/** The HTTP address of a workflow, who may call it, and the keys for that. */
export function EndpointTrigger({ workflow }: { workflow: Workflow }) {
  const may = useMay()
  if (!workflow.endpoint_enabled)
    return (
      <Section title="HTTP endpoint">
        <p className="text-sm text-muted">
          The workflow has no HTTP endpoint. To add one, set the option <code>endpointEnabled: true</code> in
          its file.
        </p>
      </Section>
    )
  const { allowed_methods: methods, public_endpoint: open, disable_global_key: ownOnly } = workflow
  return (
    <>
      <Section title="HTTP endpoint">
        <p className="mb-2 flex flex-wrap gap-1.5">
          {methods.map((method) => (
            <Tag key={method}>{method}</Tag>
          ))}
          {open && <Tag tone="warn">Anyone can call it</Tag>}
          {ownOnly && <Tag>Only its own keys</Tag>}
          <Tag>{workflow.execution_mode === 'sync' ? 'returns the result' : 'returns the execution ID'}</Tag>
        </p>
        <CodeSample
          label="the curl command of the endpoint"
          code={endpointSample(window.location.origin, workflow, sampleInput(workflow.parameters))}
        />
      </Section>
      {may('endpoint:read') && !open && <EndpointKeys workflow={workflow.name} />}
    </>
  )
}
