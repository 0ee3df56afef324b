import { limits, routes } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { api } from '../../app/api.ts'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { AccountFrame } from './AccountFrame.tsx'

/** Where the link of an administrator leads: a new password, once. */
export function ResetPasswordPage() {
  const token = useLocation({ select: (location) => location.hash })
  const reset = useMutation({
    mutationFn: (password: string) => api(routes.resetPassword, { body: { token, password } }),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    reset.mutate(String(new FormData(event.currentTarget).get('password')))
  }
  if (!token)
    return (
      <AccountFrame title="Set a new password" lead="The link is incomplete.">
        <p>Open the complete link that your administrator gave you. It works once and expires after a day.</p>
      </AccountFrame>
    )
  if (reset.isSuccess)
    return (
      <AccountFrame title="Your password is set" lead="All other sessions were signed out.">
        <ButtonLink look="primary" to="/sign-in" className="w-full">
          Go to sign-in
        </ButtonLink>
      </AccountFrame>
    )
  const problem = fieldErrorsOf(reset.error)[0]?.message
  return (
    <AccountFrame title="Set a new password" lead="This signs out all open sessions.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        {reset.isError && !problem && <InlineProblem>{explain(reset.error).message}</InlineProblem>}
        <Field
          label="New password"
          help={`At least ${limits.passwordLengthMin} characters. A few random words work well.`}
          problem={problem}
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
              // biome-ignore lint/a11y/noAutofocus: the page is this one field
              autoFocus
              autoComplete="new-password"
            />
          )}
        </Field>
        <Button type="submit" look="primary" busy={reset.isPending} className="w-full">
          Set the password
        </Button>
      </form>
    </AccountFrame>
  )
}
