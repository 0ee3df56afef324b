import { limits, routes } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { loadPage } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
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
          works once, so that nobody else can become the administrator of this installation.
        </p>
      </AccountFrame>
    )
  return <SetUpForm token={token} />
}

function SetUpForm({ token }: { token: string }) {
  const [passwordLength, setPasswordLength] = useState(0)
  const setUp = useMutation({
    mutationFn: (body: { email: string; name: string; password: string; organization: string }) =>
      api(routes.setUp, { body: { ...body, token } }),
    onSuccess: () => loadPage('/'),
  })
  const problems = fieldErrorsOf(setUp.error)
  const problemOf = (field: string) =>
    problems.find((problem) => problem.field === field || problem.field === `body.${field}`)?.message
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const text = (name: string) => String(given.get(name)).trim()
    setUp.mutate({
      name: text('name'),
      email: text('email'),
      password: String(given.get('password')),
      organization: text('organization'),
    })
  }
  return (
    <AccountFrame title="Set up Bifrost" lead="You become the first administrator.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        {setUp.isError && problems.length === 0 && (
          <InlineProblem>{explain(setUp.error).message}</InlineProblem>
        )}
        <Field label="Your name" problem={problemOf('name')}>
          {({ id, describedBy }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              name="name"
              className="control"
              required
              maxLength={200}
              // biome-ignore lint/a11y/noAutofocus: the first field of a page that is a form
              autoFocus
              autoComplete="name"
            />
          )}
        </Field>
        <Field label="Email" help="You sign in with this address." problem={problemOf('email')}>
          {({ id, describedBy, invalid }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              name="email"
              type="email"
              className="control"
              required
              autoComplete="username"
            />
          )}
        </Field>
        <Field
          label="Password"
          help={`At least ${limits.passwordLengthMin} characters. A few random words work well.`}
          aside={
            passwordLength > 0 && passwordLength < limits.passwordLengthMin
              ? `${limits.passwordLengthMin - passwordLength} more`
              : undefined
          }
          problem={problemOf('password')}
        >
          {({ id, describedBy, invalid }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              name="password"
              type="password"
              className="control"
              required
              minLength={limits.passwordLengthMin}
              onChange={(event) => setPasswordLength(event.target.value.length)}
              autoComplete="new-password"
            />
          )}
        </Field>
        <Field
          label="Organization"
          help="The team that runs this installation."
          problem={problemOf('organization')}
        >
          {({ id, describedBy }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              name="organization"
              className="control"
              required
              maxLength={200}
              autoComplete="organization"
            />
          )}
        </Field>
        <Button type="submit" look="primary" busy={setUp.isPending} className="mt-1 w-full">
          Create the administrator
        </Button>
      </form>
    </AccountFrame>
  )
}
