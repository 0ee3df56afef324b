import { routes, type TableDetail, type TablePolicy } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Pencil, Plus, ShieldCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { administrators, PolicyDialog } from './PolicyDialog.tsx'

/** Who may do what with which rows. */
export function PoliciesTab({ table, canWrite }: { table: TableDetail; canWrite: boolean }) {
  const client = useQueryClient()
  const [open, setOpen] = useState<number | 'new' | null>(null)
  const [removing, setRemoving] = useState<number | null>(null)
  const save = useMutation({
    mutationFn: (policies: TablePolicy[]) =>
      api(routes.setTablePolicies, { params: { table: table.id }, body: { policies } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tables'] }),
  })
  const { policies } = table
  const add = canWrite && (
    <Button look="primary" icon={Plus} onClick={() => setOpen('new')}>
      Add a policy
    </Button>
  )
  const isLast = policies.length === 1
  return (
    <div className="max-w-3xl">
      {policies.length === 0 ? (
        <EmptyState icon={ShieldCheck} title="No policies" action={add}>
          Everyone who can use the table can use all of its rows. Once there is a policy, anything that no
          policy allows is denied to everyone.
        </EmptyState>
      ) : (
        <>
          <p className="mb-3 text-muted">
            Anything that no policy allows is denied, in the API and in workflows. One matching policy is
            enough.
          </p>
          <ul className="divide-y divide-line border-y border-line">
            {policies.map((policy, index) => (
              <li key={policy.name} className="flex items-start gap-3 py-2.5">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-center gap-1.5">
                    <span className="mr-1 font-medium">{policy.name}</span>
                    {policy.verbs.map((verb) => (
                      <Tag key={verb} tone="accent">
                        {verb}
                      </Tag>
                    ))}
                    {(policy.roles ?? []).map((role) => (
                      <Tag key={role}>{role}</Tag>
                    ))}
                    {!policy.roles?.length && <Tag>everyone</Tag>}
                  </p>
                  <p className="mt-1 font-mono text-xs break-all text-muted">
                    {Object.keys(policy.condition ?? {}).length > 0
                      ? JSON.stringify(policy.condition)
                      : 'all rows'}
                    {policy.check && <> · after changes: {JSON.stringify(policy.check)}</>}
                  </p>
                </div>
                {canWrite && (
                  <span className="whitespace-nowrap">
                    <IconButton
                      size="sm"
                      icon={Pencil}
                      label={`Edit ${policy.name}`}
                      onClick={() => setOpen(index)}
                    />
                    <IconButton
                      size="sm"
                      icon={Trash2}
                      label={`Remove ${policy.name}`}
                      onClick={() => setRemoving(index)}
                    />
                  </span>
                )}
              </li>
            ))}
          </ul>
          <div className="mt-4">{add}</div>
        </>
      )}
      {open !== null && (
        <PolicyDialog
          policy={open === 'new' ? null : (policies[open] ?? null)}
          isFirst={policies.length === 0}
          save={(policy, keepsAdministrators) =>
            save.mutateAsync(
              open === 'new'
                ? [...policies, policy, ...(keepsAdministrators ? [administrators] : [])]
                : policies.map((one, index) => (index === open ? policy : one)),
            )
          }
          onClose={() => setOpen(null)}
        />
      )}
      {removing !== null && (
        <ConfirmDialog
          title={`Remove ${policies[removing]?.name}?`}
          confirm="Remove"
          busy={save.isPending}
          onConfirm={() =>
            save.mutate(
              policies.filter((_, index) => index !== removing),
              { onError: notify.failure, onSettled: () => setRemoving(null) },
            )
          }
          onClose={() => setRemoving(null)}
        >
          {isLast
            ? 'This is the last policy. Without policies, everyone who can use the table can use all of its rows.'
            : 'Anything that only this policy allows will be denied.'}
        </ConfirmDialog>
      )}
    </div>
  )
}
