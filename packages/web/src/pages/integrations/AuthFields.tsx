import { type Control, useWatch } from 'react-hook-form'
import { SelectField, TextAreaField, TextField } from '../../ui/fields.tsx'
import type { DefinitionForm } from './definition-form.ts'

const places = [
  { value: 'header', label: 'Header' },
  { value: 'query', label: 'Query string' },
]
const clientAuths = [
  { value: 'post', label: 'in the body' },
  { value: 'basic', label: 'in a header (Basic)' },
  { value: 'none', label: 'none' },
]

/** What the chosen way of signing in needs to know. */
export function AuthFields({ control }: { control: Control<DefinitionForm> }) {
  const [auth, place] = useWatch({ control, name: ['auth', 'place'] })
  if (auth === 'api_key')
    return (
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField control={control} name="place" label="Send the key in" wide options={places} />
        <TextField
          control={control}
          name="key_name"
          label="Name"
          placeholder={place === 'header' ? 'Authorization' : 'api_key'}
          spellCheck={false}
        />
        {place === 'header' && (
          <TextField control={control} name="prefix" label="Prefix" placeholder="Token" spellCheck={false} />
        )}
      </div>
    )
  if (auth !== 'oauth' && auth !== 'client_credentials') return null
  return (
    <>
      <TextField
        control={control}
        name="issuer"
        label="Issuer"
        type="url"
        placeholder="https://login.example.com"
        help="A service that supports discovery needs nothing else."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {auth === 'oauth' && (
          <TextField control={control} name="authorize_url" label="Authorization URL" type="url" />
        )}
        <TextField control={control} name="token_url" label="Token URL" type="url" />
        <TextField
          control={control}
          name="scopes"
          label="Scopes"
          placeholder="offline_access users.read"
          spellCheck={false}
        />
        <SelectField
          control={control}
          name="client_auth"
          label="Client authentication"
          wide
          options={clientAuths}
        />
      </div>
      <TextAreaField
        control={control}
        name="parameters"
        label="Additional parameters"
        help="One per line, such as `prompt=consent`"
        rows={2}
      />
    </>
  )
}
