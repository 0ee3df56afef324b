import type { FormSummary } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ClipboardList, Globe, Lock, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { formQueries } from './queries.ts'

/** The forms that somebody may use; for those who build them, all. */
export function FormsPage() {
  const may = useMay()
  const allowed = may('form:use')
  const forms = useQuery({ ...formQueries.list(useMe().organization.id), enabled: allowed })
  const [search, setSearch] = useState('')
  const all = forms.data ?? []
  const shown = all.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(search.toLowerCase()),
  )
  const newButton = may('form:write') && (
    <ButtonLink look="primary" icon={Plus} to="/forms/new">
      New form
    </ButtonLink>
  )
  return (
    <Page title="Forms" lead="Fill in a form to start its workflow." actions={all.length > 0 && newButton}>
      {!allowed ? (
        <NoAccess what="forms" />
      ) : forms.isPending ? (
        <SkeletonRows />
      ) : forms.isError ? (
        <ErrorState error={forms.error} onRetry={() => void forms.refetch()} />
      ) : all.length === 0 ? (
        <EmptyState icon={ClipboardList} title="No forms yet" action={newButton}>
          A form starts a workflow with its own fields and texts, for the people you choose.
        </EmptyState>
      ) : (
        <>
          <SearchInput label="Search forms" value={search} onChange={setSearch} className="mb-3 sm:w-72" />
          {shown.length === 0 ? (
            <p className="py-6 text-muted">No matching forms.</p>
          ) : (
            <ul className="divide-y divide-line border-y border-line">
              {shown.map((form) => (
                <FormRow key={form.id} form={form} />
              ))}
            </ul>
          )}
        </>
      )}
    </Page>
  )
}

function FormRow({ form }: { form: FormSummary }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-3 transition-colors hover:bg-sunken">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-2">
          <Link
            to="/forms/$id"
            params={{ id: form.id }}
            className="font-medium text-ink hover:text-accent hover:underline"
          >
            {form.name}
          </Link>
          {!form.is_active && <Tag tone="warn">Off</Tag>}
          {form.org_id === null && (
            <Tag icon={Globe} title="For every organization">
              Global
            </Tag>
          )}
          {form.access === 'role_based' && (
            <Tag icon={Lock} title="For people with certain roles">
              By role
            </Tag>
          )}
        </div>
        {form.description && <p className="truncate text-sm text-muted">{form.description}</p>}
      </div>
      <span className="text-sm text-faint">
        {form.field_count} {form.field_count === 1 ? 'field' : 'fields'}
      </span>
      {form.may_edit && (
        <ButtonLink
          look="quiet"
          size="sm"
          to="/forms/$id/edit"
          params={{ id: form.id }}
          aria-label={`Edit ${form.name}`}
        >
          Edit
        </ButtonLink>
      )}
    </li>
  )
}
