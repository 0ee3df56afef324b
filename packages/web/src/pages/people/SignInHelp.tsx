import { routes, type User } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { api } from '../../app/api.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'

/** What administrators do for a person who can no longer sign in, or must not. */
export interface Help {
  what: 'password' | 'factors' | 'sessions'
  user: User
}

export function SignInHelp({ help: { what, user }, onClose }: { help: Help; onClose: () => void }) {
  const end = useMutation({
    mutationFn: () => api(routes.endUserSessions, { params: { id: user.id } }),
    onSuccess: ({ ended }) =>
      notify.done(`${user.name} was signed out of ${ended} ${ended === 1 ? 'session' : 'sessions'}`),
    onError: notify.failure,
    onSettled: onClose,
  })
  const remove = useMutation({
    mutationFn: () => api(routes.removeFactors, { params: { id: user.id } }),
    onSuccess: () => notify.done(`Second factors of ${user.name} removed`),
    onError: notify.failure,
    onSettled: onClose,
  })
  if (what === 'password') return <PasswordLink user={user} onClose={onClose} />
  if (what === 'sessions')
    return (
      <ConfirmDialog
        title={`Sign ${user.name} out everywhere?`}
        confirm="Sign out"
        busy={end.isPending}
        onConfirm={() => end.mutate()}
        onClose={onClose}
      >
        All sessions end at once. API keys stay, and signing in again is possible.
      </ConfirmDialog>
    )
  return (
    <ConfirmDialog
      title={`Remove the second factors of ${user.name}?`}
      confirm="Remove"
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      For someone who has lost their device and recovery codes. This removes the authenticator app, passkeys
      and codes, and ends all sessions. Make sure that the request really comes from them.
    </ConfirmDialog>
  )
}

function PasswordLink({ user, onClose }: { user: User; onClose: () => void }) {
  const make = useMutation({
    mutationFn: () => api(routes.makePasswordReset, { params: { id: user.id } }),
  })
  return (
    <Dialog title={`Reset the password of ${user.name}`} onClose={onClose}>
      {make.data ? (
        <>
          <p className="text-muted">
            Give this link only to {user.email}: anyone who has it can set the password. It works once and
            expires <TimeAgo at={make.data.expires_at} />.
          </p>
          <div className="mt-3">
            <CopyLine text={make.data.url} label="Copy the link" />
          </div>
        </>
      ) : (
        <>
          {make.isError && <InlineProblem>{explain(make.error).message}</InlineProblem>}
          <p className="text-muted">
            You get a link that lets {user.name} set a new password, which you do not see. The current
            password works until then; earlier links stop working.
          </p>
        </>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{make.data ? 'Done' : 'Cancel'}</Button>
        {!make.data && (
          <Button look="primary" busy={make.isPending} onClick={() => make.mutate()}>
            Create the link
          </Button>
        )}
      </div>
    </Dialog>
  )
}
