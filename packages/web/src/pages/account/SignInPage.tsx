import { routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { api } from '../../app/api.ts'
import { queries } from '../../app/queries.ts'
import { safeNext } from '../../app/safe-next.ts'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { AccountFrame } from './AccountFrame.tsx'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  const { next } = route.useSearch()
  const router = useRouter()
  const client = useQueryClient()
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) => api(routes.login, { body }),
    onSuccess: async (me) => {
      client.clear()
      client.setQueryData(queries.me().queryKey, me)
      await router.navigate({ href: safeNext(next), replace: true })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    signIn.mutate({ email: String(given.get('email')).trim(), password: String(given.get('password')) })
  }
  return (
    <AccountFrame
      title="Sign in to Bifrost"
      lead={next ? 'Sign in to go on where you were.' : 'Functions that run as a platform.'}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {signIn.isError && <InlineProblem>{explain(signIn.error).message}</InlineProblem>}
        <Field label="E-mail">
          {({ id }) => (
            <input
              id={id}
              name="email"
              type="email"
              className="control"
              required
              // biome-ignore lint/a11y/noAutofocus: the page is this one field
              autoFocus
              autoComplete="username"
            />
          )}
        </Field>
        <Field label="Password">
          {({ id }) => (
            <input
              id={id}
              name="password"
              type="password"
              className="control"
              required
              autoComplete="current-password"
            />
          )}
        </Field>
        <Button type="submit" look="primary" busy={signIn.isPending} className="mt-1 w-full">
          Sign in
        </Button>
      </form>
    </AccountFrame>
  )
}
