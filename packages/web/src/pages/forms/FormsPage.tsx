import type { FormSummary } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ClipboardList, Globe, Lock, Plus } from 'lucide-react'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import type { Column } from '../../ui/columns.ts'
import { SearchFilter } from '../../ui/filters.tsx'
import { hasText, ListTable } from '../../ui/ListTable.tsx'
import { defineList, text } from '../../ui/list-search.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { formQueries } from './queries.ts'

const formList = defineList('forms', { q: text })

/** The forms that a person may use; for those who build them, all. */
export function FormsPage() {
  const may = useMay()
  const allowed = may('form:use')
  const forms = useQuery({ ...formQueries.list(useMe().organization.id), enabled: allowed })
  const list = useListState(formList)
  const all = forms.data ?? []
  const shown = all.filter(({ name, description }) => hasText(list.filter.q, name, description))
  const newButton = may('form:write') && (
    <ButtonLink look="primary" icon={Plus} to="/forms/new">
      New form
    </ButtonLink>
  )
  return (
    <Page title="Forms" lead="Fill in a form to start its workflow." actions={all.length > 0 && newButton}>
      {!allowed ? (
        <NoAccess what="forms" />
      ) : (
        <QueryView
          query={forms}
          empty={
            <EmptyState icon={ClipboardList} title="No forms yet" action={newButton}>
              A form starts a workflow with its own fields and texts, for the people you choose.
            </EmptyState>
          }
        >
          {() => (
            <ListTable
              list={list}
              filters={<SearchFilter list={list} name="q" label="Search forms" className="w-full sm:w-72" />}
              noMatch="No matching forms."
              label="Forms"
              rows={shown}
              columns={columns}
              rowId={({ id }) => id}
            />
          )}
        </QueryView>
      )}
    </Page>
  )
}

const columns: readonly Column<FormSummary>[] = [
  {
    id: 'form',
    label: 'Form',
    show: 'always',
    narrow: 'line',
    sortBy: ({ name }) => name,
    cell: (form) => (
      <>
        <span className="flex flex-wrap items-center gap-2">
          <Link
            data-row-link
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
        </span>
        {form.description && <p className="truncate text-sm text-muted">{form.description}</p>}
      </>
    ),
  },
  {
    id: 'fields',
    label: 'Fields',
    width: 'w-24',
    align: 'end',
    narrow: 'labeled',
    className: 'tabular text-sm text-muted',
    sortBy: ({ field_count }) => field_count,
    cell: ({ field_count }) => String(field_count),
  },
  {
    id: 'actions',
    label: 'Actions',
    isLabelHidden: true,
    show: 'always',
    width: 'w-20',
    align: 'end',
    narrow: 'end',
    cell: (form) =>
      form.may_edit && (
        <ButtonLink
          look="quiet"
          size="sm"
          to="/forms/$id/edit"
          params={{ id: form.id }}
          aria-label={`Edit ${form.name}`}
        >
          Edit
        </ButtonLink>
      ),
  },
]
