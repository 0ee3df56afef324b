import { routes } from '@bifrost/contract'
import { LockKeyhole, LogIn } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import { FormDialog } from '../../ui/Form.tsx'
import { PasswordField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { Row } from './Row.tsx'
import { useRenewed } from './use-renewed.ts'

export function PasswordSection({
  hasPassword,
  providers,
}: {
  hasPassword: boolean
  /** Identity providers that know the person. */
  providers: readonly string[]
}) {
  const [changing, setChanging] = useState(false)
  return (
    <Section title="Password">
      {providers.map((provider) => (
        <Row
          key={provider}
          icon={LogIn}
          title={provider}
          note="You also sign in with this identity provider."
        />
      ))}
      <Row
        icon={LockKeyhole}
        title={hasPassword ? 'You have a password' : 'You have no password'}
        note={hasPassword ? 'Changing it signs out your other sessions.' : 'You sign in without one.'}
        action={
          <Button onClick={() => setChanging(true)}>{hasPassword ? 'Change it' : 'Set a password'}</Button>
        }
      />
      {changing && <ChangeDialog hasPassword={hasPassword} onClose={() => setChanging(false)} />}
    </Section>
  )
}

function ChangeDialog({ hasPassword, onClose }: { hasPassword: boolean; onClose: () => void }) {
  const renewed = useRenewed()
  const form = useForm({ defaultValues: { current_password: '', password: '' } })
  return (
    <FormDialog
      form={form}
      title={hasPassword ? 'Change the password' : 'Set a password'}
      confirm={hasPassword ? 'Change' : 'Set'}
      save={({ current_password, password }) =>
        api(routes.changePassword, { body: { ...(hasPassword ? { current_password } : {}), password } })
      }
      onSaved={async () => {
        await renewed()
        onClose()
        notify.done('Password changed. Your other sessions were signed out.')
      }}
      onClose={onClose}
    >
      {hasPassword && (
        <PasswordField control={form.control} name="current_password" label="Current password" focus />
      )}
      <PasswordField control={form.control} name="password" label="New password" isNew focus={!hasPassword} />
    </FormDialog>
  )
}
