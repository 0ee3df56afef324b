import { type Me, routes, type SecondFactorNeeded } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { signInWithPasskey, wasDismissed } from '../../app/passkeys.ts'
import { Button } from '../../components/Button.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { Field } from '../../ui/Field.tsx'

/** What comes after the password of somebody with a second factor. */
export function SecondStep({
  needed,
  onSignedIn,
  onBack,
}: {
  needed: SecondFactorNeeded
  onSignedIn: (me: Me) => Promise<void>
  onBack: () => void
}) {
  const { token, methods } = needed
  const hasTotp = methods.includes('totp')
  const hasPasskey = methods.includes('passkey')
  const [recovering, setRecovering] = useState(!hasTotp && !hasPasskey)
  const code = useMutation({
    mutationFn: (given: string) => api(routes.loginSecondFactor, { body: { token, code: given } }),
    onSuccess: onSignedIn,
  })
  const passkey = useMutation({ mutationFn: () => signInWithPasskey(token), onSuccess: onSignedIn })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    passkey.reset()
    code.mutate(String(new FormData(event.currentTarget).get('code')).trim())
  }
  const error = code.error ?? (wasDismissed(passkey.error) ? null : passkey.error)
  return (
    <div className="flex flex-col gap-4">
      {error && <InlineProblem>{explain(error).message}</InlineProblem>}
      {hasPasskey && !recovering && (
        <Button
          look={hasTotp ? 'plain' : 'primary'}
          icon={Fingerprint}
          className="w-full"
          busy={passkey.isPending}
          onClick={() => {
            code.reset()
            passkey.mutate()
          }}
        >
          Use a passkey
        </Button>
      )}
      {(hasTotp || recovering) && (
        <form onSubmit={submit} className="flex flex-col gap-4" key={String(recovering)}>
          <Field
            label={recovering ? 'Recovery code' : 'Authenticator code'}
            help={recovering ? 'One of the codes that you saved. Each works once.' : undefined}
          >
            {({ id, describedBy }) => (
              <input
                id={id}
                aria-describedby={describedBy}
                name="code"
                className="control font-mono"
                required
                maxLength={40}
                inputMode={recovering ? 'text' : 'numeric'}
                autoComplete={recovering ? 'off' : 'one-time-code'}
                // biome-ignore lint/a11y/noAutofocus: the step is this one field
                autoFocus
              />
            )}
          </Field>
          <Button type="submit" look="primary" busy={code.isPending} className="w-full">
            Continue
          </Button>
        </form>
      )}
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="quiet" size="sm" onClick={onBack}>
          Back
        </Button>
        {methods.includes('recovery_code') && (hasTotp || hasPasskey) && (
          <Button look="quiet" size="sm" onClick={() => setRecovering(!recovering)}>
            {recovering ? 'Use another way' : 'Use a recovery code'}
          </Button>
        )}
      </div>
    </div>
  )
}
