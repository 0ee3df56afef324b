import type { Workflow } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { formQueries } from '../forms/queries.ts'

/** The designed forms of a workflow, and a way to make one. */
export function FormTrigger({ workflow }: { workflow: Workflow }) {
  const may = useMay()
  const forms = useQuery(formQueries.list(useMe().organization.id))
  const own = forms.data?.filter((form) => form.workflow.id === workflow.id) ?? []
  return (
    <Section
      title="Forms"
      aside={
        may('form:write') && (
          <ButtonLink size="sm" icon={Plus} to="/forms/new" search={{ workflow: workflow.id }}>
            Create a form
          </ButtonLink>
        )
      }
    >
      <QueryView query={forms} pending={<Skeleton className="h-10" />}>
        {() =>
          own.length === 0 ? (
            <p className="text-sm text-muted">
              The workflow already has a form made from its parameters. A custom form can have other fields
              and texts, and can be limited to certain people.
            </p>
          ) : (
            <ul className="grid gap-2">
              {own.map((form) => (
                <li key={form.id} className="flex items-center gap-2 rounded-md border border-line px-3 py-2">
                  <Link
                    to="/forms/$id"
                    params={{ id: form.id }}
                    className="min-w-0 truncate rounded-sm font-medium hover:text-accent"
                  >
                    {form.name}
                  </Link>
                  {!form.is_active && <Tag tone="warn">Off</Tag>}
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Section>
  )
}
