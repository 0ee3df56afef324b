import { routes } from '@bifrost/contract'
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { PasswordField } from '../../ui/fields.tsx'
import { AccountFrame } from './AccountFrame.tsx'

/** Where the link of an administrator leads: a new password, once. */
export function ResetPasswordPage() {
  const token = useLocation({ select: (location) => location.hash })
  const [isDone, setDone] = useState(false)
  const form = useForm({ defaultValues: { password: '' } })
  if (!token)
    return (
      <AccountFrame title="Set a new password" lead="The link is incomplete.">
        <p>Open the complete link that your administrator gave you. It works once and expires after a day.</p>
      </AccountFrame>
    )
  if (isDone)
    return (
      <AccountFrame title="Your password is set" lead="All other sessions were signed out.">
        <ButtonLink look="primary" to="/sign-in" className="w-full">
          Go to sign-in
        </ButtonLink>
      </AccountFrame>
    )
  return (
    <AccountFrame title="Set a new password" lead="This signs out all open sessions.">
      <Form
        form={form}
        save={({ password }) => api(routes.resetPassword, { body: { token, password } })}
        onSaved={() => setDone(true)}
      >
        <PasswordField control={form.control} name="password" label="New password" isNew focus />
        <SubmitButton className="w-full">Set the password</SubmitButton>
      </Form>
    </AccountFrame>
  )
}
