import { actingPath, type OwnedKind, routes } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { Building2, Compass } from 'lucide-react'
import { useEffect } from 'react'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { windowTitle } from '../../ui/window-title.ts'
import { loadPage } from '../acting.ts'
import { api } from '../api.ts'

const IS_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Nouns of pages of one item, by their address, and how they are asked for. */
const nouns: Record<string, { noun: string; list: string; kind: OwnedKind | null }> = {
  history: { noun: 'run', list: 'History', kind: 'execution' },
  tasks: { noun: 'task', list: 'Tasks', kind: 'task' },
  forms: { noun: 'form', list: 'Forms', kind: 'form' },
  events: { noun: 'event', list: 'Events', kind: 'event' },
  integrations: { noun: 'integration', list: 'Integrations', kind: 'integration' },
  tables: { noun: 'table', list: 'Tables', kind: 'table' },
  roles: { noun: 'role', list: 'Roles', kind: 'role' },
  workflows: { noun: 'workflow', list: 'Workflows', kind: null },
}

/** The thing that an address of the app names; null where it names none. */
export function thingAt(pathname: string) {
  const [list = '', id] = pathname.split('/').filter(Boolean)
  const thing = nouns[list]
  return thing && id !== undefined ? { ...thing, path: `/${list}`, id: decodeURIComponent(id) } : null
}

/** An address that leads to nothing here; to something of another organization, maybe, which this tab does not act for. */
export function NothingThere({ thing }: { thing: NonNullable<ReturnType<typeof thingAt>> }) {
  const { noun, list, kind, path, id } = thing
  const router = useRouter()
  const title = `There is no such ${noun}`
  useEffect(() => {
    document.title = windowTitle(title)
  }, [title])
  const owner = useQuery({
    queryKey: ['acting', kind, id],
    queryFn: ({ signal }) => api(routes.findActing, { params: { kind: kind ?? 'execution', id }, signal }),
    enabled: kind !== null && IS_ID.test(id),
    retry: false,
  })
  if (owner.isLoading) return null
  if (owner.data) {
    const { organization } = owner.data
    const { pathname, searchStr } = router.state.location
    const name = organization?.name ?? 'Global'
    return (
      <EmptyState
        wholePage
        icon={Building2}
        title={organization ? `This ${noun} belongs to ${name}` : `This ${noun} is global`}
        action={
          <Button
            look="primary"
            // A long name takes two lines on a phone.
            className="!h-auto min-h-[34px] py-1.5 !whitespace-normal"
            onClick={() => void loadPage(actingPath(organization) + pathname + searchStr)}
          >
            Switch to {name} and open it
          </Button>
        }
      >
        This tab is set to another organization. Opening it switches this tab to {name}.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      wholePage
      icon={Compass}
      title={title}
      action={
        <ButtonLink look="primary" href={path}>
          Go to {list}
        </ButtonLink>
      }
    >
      It may have been deleted, or the link has a typo.
    </EmptyState>
  )
}
