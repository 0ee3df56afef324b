import { routes } from '@bifrost/contract'
import { getRouteApi } from '@tanstack/react-router'
import { useForm } from 'react-hook-form'
import { loadPage } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { PasswordField, TextField } from '../../ui/fields.tsx'
import { AccountFrame } from './AccountFrame.tsx'

const route = getRouteApi('/setup')

export function SetUpPage() {
  const { needed } = route.useLoaderData()
  const { token } = route.useSearch()
  if (!needed)
    return (
      <AccountFrame title="Already set up" lead="This installation has its first administrator.">
        <ButtonLink look="primary" to="/sign-in" className="w-full">
          Go to sign-in
        </ButtonLink>
      </AccountFrame>
    )
  if (!token)
    return (
      <AccountFrame title="Set up Bifrost" lead="The link is incomplete.">
        <p>
          Open the set-up link that the server printed when it started. It ends in <code>?token=…</code> and
          works once, so that no one else can become the administrator of this installation.
        </p>
      </AccountFrame>
    )
  return <SetUpForm token={token} />
}

function SetUpForm({ token }: { token: string }) {
  const form = useForm({ defaultValues: { name: '', email: '', password: '', organization: '' } })
  const { control } = form
  return (
    <AccountFrame title="Set up Bifrost" lead="You become the first administrator.">
      <Form
        form={form}
        save={({ name, email, password, organization }) =>
          api(routes.setUp, {
            body: {
              name: name.trim(),
              email: email.trim(),
              password,
              organization: organization.trim(),
              token,
            },
          })
        }
        onSaved={() => loadPage('/')}
      >
        <TextField
          control={control}
          name="name"
          label="Your name"
          required="unmarked"
          maxLength={200}
          focus
          autoComplete="name"
        />
        <TextField
          control={control}
          name="email"
          label="Email"
          help="You sign in with this address."
          type="email"
          required="unmarked"
          autoComplete="username"
        />
        <PasswordField control={control} name="password" label="Password" isNew />
        <TextField
          control={control}
          name="organization"
          label="Organization"
          help="The team that runs this installation."
          required="unmarked"
          maxLength={200}
          autoComplete="organization"
        />
        <SubmitButton className="mt-1 w-full">Create the administrator</SubmitButton>
      </Form>
    </AccountFrame>
  )
}
