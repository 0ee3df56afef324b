import { routes, type User } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { CopyLine } from '../../components/CopyLine.tsx'
import { ConfirmDialog, Dialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { explain } from '../../errors.ts'

/** What administrators do for somebody who cannot sign in any more, or shall not. */
export interface Help {
  what: 'password' | 'factors' | 'sessions'
  user: User
}

export function SignInHelp({ help: { what, user }, onClose }: { help: Help; onClose: () => void }) {
  const end = useMutation({
    mutationFn: () => api(routes.endUserSessions, { params: { id: user.id } }),
    onSuccess: ({ ended }) =>
      notify.done(`${user.name} is signed out of ${ended} ${ended === 1 ? 'session' : 'sessions'}.`),
    onError: notify.failure,
    onSettled: onClose,
  })
  const remove = useMutation({
    mutationFn: () => api(routes.removeFactors, { params: { id: user.id } }),
    onSuccess: () => notify.done(`${user.name} signs in with the password alone now.`),
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
      For somebody who has lost their device and the recovery codes: authenticator app, passkeys and codes go,
      and all sessions end. Be sure that it is they who ask.
    </ConfirmDialog>
  )
}

function PasswordLink({ user, onClose }: { user: User; onClose: () => void }) {
  const make = useMutation({
    mutationFn: () => api(routes.makePasswordReset, { params: { id: user.id } }),
  })
  return (
    <Dialog title={`A new password for ${user.name}`} onClose={onClose}>
      {make.data ? (
        <>
          <p className="text-muted">
            Give this link to {user.email}, and to nobody else: whoever has it sets the password. It works
            once and expires <TimeAgo at={make.data.expires_at} />.
          </p>
          <div className="mt-3">
            <CopyLine text={make.data.url} label="Copy the link" />
          </div>
        </>
      ) : (
        <>
          {make.isError && <InlineProblem>{explain(make.error).message}</InlineProblem>}
          <p className="text-muted">
            You get a link with which {user.name} sets a new password. You do not see it, the present one
            counts until then, and links of before count no longer.
          </p>
        </>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{make.data ? 'Done' : 'Cancel'}</Button>
        {!make.data && (
          <Button look="primary" busy={make.isPending} onClick={() => make.mutate()}>
            Make the link
          </Button>
        )}
      </div>
    </Dialog>
  )
}
