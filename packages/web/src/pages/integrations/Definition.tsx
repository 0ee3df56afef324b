import type { Integration } from '@bifrost/contract'
import type { ReactNode } from 'react'
import { CodeSample } from '../../ui/CodeSample.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Section } from '../../ui/Page.tsx'
import { authWords } from './integration-words.ts'

/** What the service is, for everybody who uses it. */
export function Definition({ integration }: { integration: Integration }) {
  const { name, base_url, hosts, auth, auth_settings, redirect_uri } = integration
  return (
    <Section title="Definition">
      <dl className="divide-y divide-line border-y border-line text-sm">
        <Line term="Base URL">
          <code className="font-mono break-all">{base_url}</code>
        </Line>
        {hosts.length > 0 && (
          <Line term="Additional hosts">
            <code className="font-mono break-all">{hosts.join(', ')}</code>
          </Line>
        )}
        <Line term="Authentication">{authWords[auth]}</Line>
        {auth_settings.issuer && (
          <Line term="Issuer">
            <code className="font-mono break-all">{auth_settings.issuer}</code>
          </Line>
        )}
        {auth_settings.scopes && <Line term="Scopes">{auth_settings.scopes.join(' ')}</Line>}
        {redirect_uri && (
          <Line term="Redirect URL">
            <span className="flex items-start gap-1">
              <code className="min-w-0 font-mono break-all">{redirect_uri}</code>
              <CopyButton text={redirect_uri} label="Copy the redirect URL" />
            </span>
          </Line>
        )}
      </dl>
      <div className="mt-3">
        <CodeSample
          label="In code"
          code={`const client = await integrations.getClient('${name}')\nawait client.get('/…')`}
        />
      </div>
    </Section>
  )
}

const Line = ({ term, children }: { term: string; children: ReactNode }) => (
  <div className="flex flex-wrap gap-x-3 gap-y-0.5 py-2">
    <dt className="w-32 shrink-0 text-muted">{term}</dt>
    <dd className="min-w-0 flex-1 basis-40">{children}</dd>
  </div>
)
