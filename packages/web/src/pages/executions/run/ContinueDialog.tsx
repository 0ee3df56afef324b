import { type Execution, type HistoryCheck, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../../../app/api.ts'
import { explain } from '../../../errors.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { InlineProblem } from '../../../ui/states.tsx'

type Version = 'original' | 'current'

/** A run that waits, and the versions of its code: each is checked against what the run did before it may go there. */
export function ContinueDialog({ execution, onClose }: { execution: Execution; onClose: () => void }) {
  return (
    <Dialog title="Continue on a version" onClose={onClose} className="w-[min(36rem,calc(100vw-2rem))]">
      <p className="text-muted">
        Each version is first checked against the history of the run; no step runs during the check. A parked
        run continues at once, a waiting run when its wait ends.
      </p>
      <div className="mt-4 grid gap-3">
        <VersionChoice execution={execution} version="original" onDone={onClose} />
        <VersionChoice execution={execution} version="current" onDone={onClose} />
      </div>
      <div className="mt-5 flex justify-end">
        <Button data-autofocus onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}

const names: Record<Version, string> = {
  original: 'The version it started with',
  current: 'The current version',
}

function VersionChoice({
  execution,
  version,
  onDone,
}: {
  execution: Execution
  version: Version
  onDone: () => void
}) {
  const { id, code_version, waiting_for } = execution
  const client = useQueryClient()
  const check = useQuery({
    queryKey: ['executions', 'continue-check', id, version],
    queryFn: ({ signal }) =>
      api(routes.continueExecution, { params: { id }, body: { version, dry_run: true }, signal }),
    gcTime: 0,
    retry: false,
  })
  const go = useMutation({
    mutationFn: (force: boolean) =>
      api(routes.continueExecution, { params: { id }, body: { version, force } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['executions'] })
      onDone()
    },
  })
  const found = check.data
  const stays = found?.code_version === code_version && waiting_for?.kind !== 'parked'
  const fits = found?.check.outcome === 'fits'
  return (
    <section aria-label={names[version]} className="rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="mr-auto font-medium">{names[version]}</h3>
        {found && <code className="font-mono text-xs text-faint">{found.code_version.slice(0, 10)}</code>}
      </div>
      <QueryView
        query={check}
        rows={1}
        failed={(error) => <p className="mt-1 text-sm text-muted">{explain(error).message}</p>}
      >
        {({ check }) => (
          <>
            <p className={`mt-1 text-sm [overflow-wrap:anywhere] ${fits ? 'text-muted' : 'text-bad'}`}>
              {stays ? 'The run already uses it.' : sentence(check)}
            </p>
            {!stays && (
              <Button
                className="mt-2"
                size="sm"
                look={fits ? 'primary' : 'danger'}
                busy={go.isPending}
                onClick={() => go.mutate(!fits)}
              >
                {fits ? 'Continue here' : 'Continue here anyway'}
              </Button>
            )}
          </>
        )}
      </QueryView>
      {go.isError && <InlineProblem>{explain(go.error).message}</InlineProblem>}
    </section>
  )
}

function sentence({ outcome, next, expected, asked, message }: HistoryCheck): string {
  if (outcome === 'fits') return next ? `Compatible; the run continues at ${next}.` : 'Compatible.'
  if (outcome === 'breaks')
    return `Not compatible: the history has "${expected}" where the code asks for "${asked}".`
  return message ?? 'Couldn’t check whether it is compatible.'
}
