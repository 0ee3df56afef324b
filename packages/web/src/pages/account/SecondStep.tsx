import { type Me, routes, type SecondFactorNeeded } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { signInWithPasskey, wasDismissed } from '../../app/passkeys.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { InlineProblem } from '../../ui/states.tsx'

/** What comes after the password of a person with a second factor. */
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
  const form = useForm({ defaultValues: { code: '' } })
  const passkey = useMutation({ mutationFn: () => signInWithPasskey(token), onSuccess: onSignedIn })
  const error = wasDismissed(passkey.error) ? null : passkey.error
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
            form.clearErrors()
            passkey.mutate()
          }}
        >
          Use a passkey
        </Button>
      )}
      {(hasTotp || recovering) && (
        <Form
          key={String(recovering)}
          form={form}
          save={(values) => {
            passkey.reset()
            return api(routes.loginSecondFactor, { body: { token, code: values.code.trim() } })
          }}
          onSaved={onSignedIn}
        >
          <TextField
            control={form.control}
            name="code"
            label={recovering ? 'Recovery code' : 'Authenticator code'}
            help={recovering ? 'One of the codes that you saved. Each works once.' : undefined}
            look="font-mono"
            required="unmarked"
            maxLength={40}
            inputMode={recovering ? 'text' : 'numeric'}
            autoComplete={recovering ? 'off' : 'one-time-code'}
            focus
          />
          <SubmitButton className="w-full">Continue</SubmitButton>
        </Form>
      )}
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="quiet" size="sm" onClick={onBack}>
          Back
        </Button>
        {methods.includes('recovery_code') && (hasTotp || hasPasskey) && (
          <Button
            look="quiet"
            size="sm"
            onClick={() => {
              setRecovering(!recovering)
              form.reset()
            }}
          >
            {recovering ? 'Use another way' : 'Use a recovery code'}
          </Button>
        )}
      </div>
    </div>
  )
}
