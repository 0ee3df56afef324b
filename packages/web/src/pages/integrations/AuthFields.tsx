import { Field } from '../../ui/Field.tsx'
import type { DefinitionForm } from './definition-form.ts'
import { TextField } from './TextField.tsx'

/** What the chosen way of signing in needs to know. */
export function AuthFields({
  form,
  change,
  problem,
}: {
  form: DefinitionForm
  change: (changes: Partial<DefinitionForm>) => void
  problem: (field: string) => string | undefined
}) {
  if (form.auth === 'api_key')
    return (
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Send the key in">
          {({ id }) => (
            <select
              id={id}
              className="control"
              value={form.place}
              onChange={(event) => change({ place: event.target.value as DefinitionForm['place'] })}
            >
              <option value="header">Header</option>
              <option value="query">Query string</option>
            </select>
          )}
        </Field>
        <TextField
          label="Name"
          placeholder={form.place === 'header' ? 'Authorization' : 'api_key'}
          value={form.key_name}
          problem={problem('auth_settings.name')}
          onChange={(key_name) => change({ key_name })}
        />
        {form.place === 'header' && (
          <TextField
            label="Prefix"
            placeholder="Token"
            value={form.prefix}
            problem={problem('auth_settings.prefix')}
            onChange={(prefix) => change({ prefix })}
          />
        )}
      </div>
    )
  if (form.auth !== 'oauth' && form.auth !== 'client_credentials') return null
  return (
    <>
      <TextField
        label="Issuer"
        type="url"
        placeholder="https://login.example.com"
        help="A service that supports discovery needs nothing else."
        value={form.issuer}
        problem={problem('auth_settings.issuer')}
        onChange={(issuer) => change({ issuer })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {form.auth === 'oauth' && (
          <TextField
            label="Authorization URL"
            type="url"
            value={form.authorize_url}
            problem={problem('auth_settings.authorize_url')}
            onChange={(authorize_url) => change({ authorize_url })}
          />
        )}
        <TextField
          label="Token URL"
          type="url"
          value={form.token_url}
          problem={problem('auth_settings.token_url')}
          onChange={(token_url) => change({ token_url })}
        />
        <TextField
          label="Scopes"
          placeholder="offline_access users.read"
          value={form.scopes}
          problem={problem('auth_settings.scopes')}
          onChange={(scopes) => change({ scopes })}
        />
        <Field label="Client authentication">
          {({ id }) => (
            <select
              id={id}
              className="control"
              value={form.client_auth}
              onChange={(event) =>
                change({ client_auth: event.target.value as DefinitionForm['client_auth'] })
              }
            >
              <option value="post">in the body</option>
              <option value="basic">in a header (Basic)</option>
              <option value="none">none</option>
            </select>
          )}
        </Field>
      </div>
      <Field label="Additional parameters" help="One per line, such as `prompt=consent`">
        {({ id, describedBy }) => (
          <textarea
            id={id}
            aria-describedby={describedBy}
            className="control block font-mono text-sm"
            rows={2}
            spellCheck={false}
            value={form.parameters}
            onChange={(event) => change({ parameters: event.target.value })}
          />
        )}
      </Field>
    </>
  )
}
