import { type FormLink, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link2, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../../app/api.ts'
import { formatDateTime } from '../../../format.ts'
import { Button, IconButton } from '../../../ui/Button.tsx'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { notify } from '../../../ui/notices.tsx'
import { Section } from '../../../ui/Page.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { Switch } from '../../../ui/Switch.tsx'
import { formQueries } from '../queries.ts'
import { LinkDialog } from './LinkDialog.tsx'

/** Public links of a form: anyone who has one can submit it without signing in. */
export function LinksSection({ formId }: { formId: string }) {
  const cache = useQueryClient()
  const query = formQueries.links(formId)
  const links = useQuery(query)
  const [creating, setCreating] = useState(false)
  const [removing, setRemoving] = useState<FormLink | null>(null)
  const refresh = () => cache.invalidateQueries({ queryKey: query.queryKey })
  const change = useMutation({
    mutationFn: ({ id, is_active }: Pick<FormLink, 'id' | 'is_active'>) =>
      api(routes.updateFormLink, { params: { id: formId, link_id: id }, body: { is_active } }),
    onError: notify.failure,
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: (id: string) => api(routes.deleteFormLink, { params: { id: formId, link_id: id } }),
    onError: notify.failure,
    onSettled: async () => {
      setRemoving(null)
      await refresh()
    },
  })
  return (
    <Section
      title="Public links"
      aside={
        <Button size="sm" icon={Link2} onClick={() => setCreating(true)}>
          Create a link
        </Button>
      }
    >
      <QueryView
        query={links}
        rows={1}
        empty={<p className="text-sm text-muted">Only people who are signed in can use this form.</p>}
      >
        {(all) => (
          <ul aria-label="Public links" className="divide-y divide-line rounded-md border border-line">
            {all.map((link) => (
              <li key={link.id} className="flex items-center gap-3 px-3 py-2">
                <Switch
                  checked={link.is_active}
                  aria-label={`${link.name || 'Link'} enabled`}
                  onChange={(is_active) => change.mutate({ id: link.id, is_active })}
                />
                <div className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{link.name || 'Untitled'}</span>
                  <span className="text-xs text-faint">{wordsOf(link)}</span>
                </div>
                <IconButton
                  size="sm"
                  icon={Trash2}
                  label={`Delete ${link.name || 'the link'}`}
                  onClick={() => setRemoving(link)}
                />
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {creating && (
        <LinkDialog
          formId={formId}
          onClose={async () => {
            setCreating(false)
            await refresh()
          }}
        />
      )}
      {removing && (
        <ConfirmDialog
          title="Delete this link?"
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing.id)}
          onClose={() => setRemoving(null)}
        >
          The link will stop working. This cannot be undone.
        </ConfirmDialog>
      )}
    </Section>
  )
}

const wordsOf = ({ submissions, submissions_max: max, expires_at: expires, show_result: shows }: FormLink) =>
  [
    max === null ? `${submissions} submissions` : `${submissions} of ${max} submissions`,
    expires && `until ${formatDateTime(expires)}`,
    shows && 'shows the result',
  ]
    .filter(Boolean)
    .join(' · ')
