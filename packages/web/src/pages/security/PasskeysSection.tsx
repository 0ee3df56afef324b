import { type Passkey, routes } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { Fingerprint, Plus } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { addPasskey, hasPasskeys, wasDismissed } from '../../app/passkeys.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { FormDialog } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { RecoveryCodesDialog } from './RecoveryCodesDialog.tsx'
import { Row } from './Row.tsx'
import { useRenewed } from './use-renewed.ts'

export function PasskeysSection({ passkeys }: { passkeys: readonly Passkey[] }) {
  const renewed = useRenewed()
  const [adding, setAdding] = useState(false)
  const [renaming, setRenaming] = useState<Passkey | null>(null)
  const [deleting, setDeleting] = useState<Passkey | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const remove = useMutation({
    mutationFn: (id: string) => api(routes.deletePasskey, { params: { id } }),
    onSuccess: async () => {
      await renewed()
      notify.done('Passkey deleted')
    },
    onError: notify.failure,
    onSettled: () => setDeleting(null),
  })
  return (
    <Section
      title="Passkeys"
      aside={
        hasPasskeys && (
          <Button size="sm" icon={Plus} onClick={() => setAdding(true)}>
            Add a passkey
          </Button>
        )
      }
    >
      {passkeys.length === 0 && (
        <Row
          icon={Fingerprint}
          title="No passkeys yet"
          note={
            hasPasskeys
              ? 'Sign in with a fingerprint, your face or the PIN of this device instead of a password.'
              : 'This browser does not support passkeys, or this address is not secure: passkeys need HTTPS.'
          }
        />
      )}
      {passkeys.map((passkey) => (
        <Row
          key={passkey.id}
          icon={Fingerprint}
          title={
            <>
              {passkey.name} {passkey.is_synced && <Tag title="Stored by a password manager">Synced</Tag>}
            </>
          }
          note={
            <>
              Added <TimeAgo at={passkey.created_at} />,{' '}
              {passkey.last_used_at ? (
                <>
                  last used <TimeAgo at={passkey.last_used_at} />
                </>
              ) : (
                'never used'
              )}
            </>
          }
          action={
            <>
              <Button
                size="sm"
                look="quiet"
                aria-label={`Rename ${passkey.name}`}
                onClick={() => setRenaming(passkey)}
              >
                Rename
              </Button>
              <Button
                size="sm"
                look="quiet"
                aria-label={`Delete ${passkey.name}`}
                onClick={() => setDeleting(passkey)}
              >
                Delete
              </Button>
            </>
          }
        />
      ))}
      {adding && (
        <NameDialog
          title="Add a passkey"
          help="A name to recognize it by, such as “Work laptop”."
          confirm="Continue"
          save={addPasskey}
          onSaved={({ recovery_codes }) => setCodes(recovery_codes)}
          onClose={() => setAdding(false)}
        />
      )}
      {renaming && (
        <NameDialog
          title={`Rename ${renaming.name}`}
          name={renaming.name}
          confirm="Rename"
          save={(name) => api(routes.renamePasskey, { params: { id: renaming.id }, body: { name } })}
          onClose={() => setRenaming(null)}
        />
      )}
      {deleting && (
        <ConfirmDialog
          title={`Delete ${deleting.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(deleting.id)}
          onClose={() => setDeleting(null)}
        >
          You can no longer sign in with it. Delete it on the device, too.
        </ConfirmDialog>
      )}
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </Section>
  )
}

function NameDialog<Result>(props: {
  title: string
  help?: string
  name?: string
  confirm: string
  save: (name: string) => Promise<Result>
  onSaved?: (result: Result) => void
  onClose: () => void
}) {
  const renewed = useRenewed()
  const form = useForm({ defaultValues: { name: props.name ?? '' } })
  return (
    <FormDialog
      form={form}
      title={props.title}
      confirm={props.confirm}
      save={({ name }) => props.save(name.trim())}
      onSaved={async (result) => {
        await renewed()
        props.onClose()
        props.onSaved?.(result)
      }}
      explainError={(error) =>
        wasDismissed(error) ? 'The browser couldn’t create a passkey. Try again.' : explain(error).message
      }
      onClose={props.onClose}
    >
      <TextField
        control={form.control}
        name="name"
        label="Name"
        help={props.help}
        required="unmarked"
        maxLength={100}
        focus
      />
    </FormDialog>
  )
}
