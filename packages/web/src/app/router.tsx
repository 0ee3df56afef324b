import { type QueryClient, useQueryErrorResetBoundary } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Outlet,
  redirect,
  useRouter,
} from '@tanstack/react-router'
import { useEffect } from 'react'
import { NotFoundPage } from '../components/NotFoundPage.tsx'
import { PageSkeleton } from '../components/Page.tsx'
import { ErrorState } from '../components/states.tsx'
import {
  ActingRefused,
  isActingChanged,
  isNothingThere,
  isUnauthenticated,
  PageLoadError,
} from '../errors.ts'
import { readAuditSearch } from '../pages/audit/audit-search.ts'
import { readEventSearch } from '../pages/events/event-search.ts'
import { readHistorySearch } from '../pages/executions/list/history-search.ts'
import { isTaskView, type TaskView } from '../pages/tasks/task-views.ts'
import { actingBase } from './acting.ts'
import { lazyPage } from './lazy-page.ts'
import { queries } from './queries.ts'
import { ActingStopped } from './shell/ActingStopped.tsx'
import { NothingThere, thingAt } from './shell/NothingThere.tsx'
import { Shell } from './shell/Shell.tsx'

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { next?: string; problem?: string } =>
    given({ next: text(search['next']), problem: text(search['problem']) }),
  loader: async ({ context }) => {
    const setup = await context.queryClient.fetchQuery(queries.setup()).catch(() => null)
    if (setup?.needed) throw redirect({ to: '/setup' })
  },
  component: lazyPage(() => import('../pages/account/SignInPage.tsx'), 'SignInPage'),
})

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search): { token?: string } => given({ token: text(search['token']) }),
  loader: ({ context }) => context.queryClient.fetchQuery(queries.setup()),
  component: lazyPage(() => import('../pages/account/SetUpPage.tsx'), 'SetUpPage'),
})

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyPage(() => import('../pages/account/ResetPasswordPage.tsx'), 'ResetPasswordPage'),
})

const acceptInvitation = createRoute({
  getParentRoute: () => root,
  path: '/accept-invitation',
  component: lazyPage(() => import('../pages/account/AcceptInvitationPage.tsx'), 'AcceptInvitationPage'),
})

/** Everything behind the sign-in. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  // Before the loaders of the pages, so that they do not ask for what they may not see.
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.queryClient.ensureQueryData(queries.me())
      // The server refuses everything else until they have added one.
      if (me.must_add_factor && location.pathname !== '/account/security')
        throw redirect({ to: '/account/security' })
    } catch (error) {
      if (isUnauthenticated(error))
        throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.publicHref } })
      throw error
    }
  },
  component: Shell,
})

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyPage(() => import('../pages/home/HomePage.tsx'), 'HomePage'),
})

const workflows = createRoute({
  getParentRoute: () => shell,
  path: '/workflows',
  validateSearch: (search): { q?: string; type?: string; tag?: string } =>
    given({ q: text(search['q']), type: text(search['type']), tag: text(search['tag']) }),
  loader: ({ context }) => context.queryClient.ensureQueryData(queries.workflows()),
  component: lazyPage(() => import('../pages/workflows/WorkflowsPage.tsx'), 'WorkflowsPage'),
})

const workflow = createRoute({
  getParentRoute: () => shell,
  path: '/workflows/$name',
  validateSearch: (search): { tab?: string; from?: string } =>
    given({ tab: text(search['tab']), from: text(search['from']) }),
  loader: ({ context, params }) => context.queryClient.fetchQuery(queries.workflow(params.name)),
  component: lazyPage(() => import('../pages/workflows/WorkflowPage.tsx'), 'WorkflowPage'),
})

const forms = createRoute({
  getParentRoute: () => shell,
  path: '/forms',
  component: lazyPage(() => import('../pages/forms/FormsPage.tsx'), 'FormsPage'),
})

const form = createRoute({
  getParentRoute: () => shell,
  path: '/forms/$id',
  loader: ({ context, params }) => context.queryClient.fetchQuery(queries.form(params.id)),
  component: lazyPage(() => import('../pages/forms/FormPage.tsx'), 'FormPage'),
})

const newForm = createRoute({
  getParentRoute: () => shell,
  path: '/forms/new',
  validateSearch: (search): { workflow?: string } => given({ workflow: text(search['workflow']) }),
  loader: ({ context }) => context.queryClient.ensureQueryData(queries.workflows()),
  component: lazyPage(() => import('../pages/forms/builder/NewFormPage.tsx'), 'NewFormPage'),
})

const editForm = createRoute({
  getParentRoute: () => shell,
  path: '/forms/$id/edit',
  loader: ({ context: { queryClient }, params }) =>
    Promise.all([
      queryClient.fetchQuery(queries.formSettings(params.id)),
      queryClient.ensureQueryData(queries.workflows()),
    ]),
  component: lazyPage(() => import('../pages/forms/builder/EditFormPage.tsx'), 'EditFormPage'),
})

/** By its public link, for people who are not signed in. */
const publicForm = createRoute({
  getParentRoute: () => root,
  path: '/f/$token',
  loader: ({ context, params }) => context.queryClient.fetchQuery(queries.publicForm(params.token)),
  component: lazyPage(() => import('../pages/forms/PublicFormPage.tsx'), 'PublicFormPage'),
})

const history = createRoute({
  getParentRoute: () => shell,
  path: '/history',
  validateSearch: readHistorySearch,
  component: lazyPage(() => import('../pages/executions/list/HistoryPage.tsx'), 'HistoryPage'),
})

const execution = createRoute({
  getParentRoute: () => shell,
  path: '/history/$id',
  validateSearch: (search): { tab?: string } => given({ tab: text(search['tab']) }),
  loader: ({ context: { queryClient }, params: { id } }) =>
    Promise.all([
      queryClient.fetchQuery(queries.execution(id)),
      // Which tab is open depends on them. Without them the page is still of use.
      queryClient.prefetchQuery(queries.executionSteps(id)),
      queryClient.prefetchQuery(queries.executionGraph(id)),
    ]),
  component: lazyPage(() => import('../pages/executions/run/ExecutionPage.tsx'), 'ExecutionPage'),
})

const tasks = createRoute({
  getParentRoute: () => shell,
  path: '/tasks',
  validateSearch: (search): { view?: TaskView } =>
    isTaskView(search['view']) ? { view: search['view'] } : {},
  component: lazyPage(() => import('../pages/tasks/TasksPage.tsx'), 'TasksPage'),
})

const task = createRoute({
  getParentRoute: () => shell,
  path: '/tasks/$id',
  loader: ({ context, params }) => context.queryClient.fetchQuery(queries.task(params.id)),
  component: lazyPage(() => import('../pages/tasks/TaskPage.tsx'), 'TaskPage'),
})

const schedules = createRoute({
  getParentRoute: () => shell,
  path: '/schedules',
  validateSearch: (search): { open?: string } => given({ open: text(search['open']) }),
  component: lazyPage(() => import('../pages/schedules/SchedulesPage.tsx'), 'SchedulesPage'),
})

const events = createRoute({
  getParentRoute: () => shell,
  path: '/events',
  validateSearch: readEventSearch,
  component: lazyPage(() => import('../pages/events/EventsPage.tsx'), 'EventsPage'),
})

const event = createRoute({
  getParentRoute: () => shell,
  path: '/events/$id',
  loader: ({ context, params }) => context.queryClient.fetchQuery(queries.event(params.id)),
  component: lazyPage(() => import('../pages/events/EventPage.tsx'), 'EventPage'),
})

const config = createRoute({
  getParentRoute: () => shell,
  path: '/config',
  component: lazyPage(() => import('../pages/config/ConfigPage.tsx'), 'ConfigPage'),
})

const integrations = createRoute({
  getParentRoute: () => shell,
  path: '/integrations',
  validateSearch: (search): { problem?: string } => given({ problem: text(search['problem']) }),
  component: lazyPage(() => import('../pages/integrations/IntegrationsPage.tsx'), 'IntegrationsPage'),
})

const integration = createRoute({
  getParentRoute: () => shell,
  path: '/integrations/$id',
  validateSearch: (search): { problem?: string; connected?: boolean } =>
    given({ problem: text(search['problem']), connected: search['connected'] === true || undefined }),
  loader: ({ context, params }) =>
    unlessNothingThere(context.queryClient.fetchQuery(queries.integration(params.id))),
  component: lazyPage(() => import('../pages/integrations/IntegrationPage.tsx'), 'IntegrationPage'),
})

const tables = createRoute({
  getParentRoute: () => shell,
  path: '/tables',
  component: lazyPage(() => import('../pages/tables/TablesPage.tsx'), 'TablesPage'),
})

const table = createRoute({
  getParentRoute: () => shell,
  path: '/tables/$table',
  validateSearch: (search): { tab?: string; f?: string; sort?: string } =>
    given({ tab: text(search['tab']), f: filterText(search['f']), sort: text(search['sort']) }),
  loader: ({ context, params }) =>
    unlessNothingThere(context.queryClient.fetchQuery(queries.table(params.table))),
  component: lazyPage(() => import('../pages/tables/TablePage.tsx'), 'TablePage'),
})

const files = createRoute({
  getParentRoute: () => shell,
  path: '/files',
  validateSearch: (search): { in?: string; path?: string } =>
    given({ in: text(search['in']), path: text(search['path']) }),
  component: lazyPage(() => import('../pages/files/FilesPage.tsx'), 'FilesPage'),
})

const keys = createRoute({
  getParentRoute: () => shell,
  path: '/keys',
  component: lazyPage(() => import('../pages/keys/KeysPage.tsx'), 'KeysPage'),
})

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyPage(() => import('../pages/audit/AuditPage.tsx'), 'AuditPage'),
})

const usage = createRoute({
  getParentRoute: () => shell,
  path: '/usage',
  component: lazyPage(() => import('../pages/usage/UsagePage.tsx'), 'UsagePage'),
})

const organizations = createRoute({
  getParentRoute: () => shell,
  path: '/organizations',
  component: lazyPage(() => import('../pages/organizations/OrganizationsPage.tsx'), 'OrganizationsPage'),
})

const people = createRoute({
  getParentRoute: () => shell,
  path: '/people',
  component: lazyPage(() => import('../pages/people/PeoplePage.tsx'), 'PeoplePage'),
})

const roles = createRoute({
  getParentRoute: () => shell,
  path: '/roles',
  component: lazyPage(() => import('../pages/roles/RolesPage.tsx'), 'RolesPage'),
})

const role = createRoute({
  getParentRoute: () => shell,
  path: '/roles/$id',
  loader: ({ context, params }) => context.queryClient.fetchQuery(queries.role(params.id)),
  component: lazyPage(() => import('../pages/roles/RolePage.tsx'), 'RolePage'),
})

const editor = createRoute({
  getParentRoute: () => shell,
  path: '/editor',
  validateSearch: (search): { file?: string; line?: number } =>
    given({ file: text(search['file']), line: Number(search['line']) || undefined }),
  component: lazyPage(() => import('../pages/editor/EditorPage.tsx'), 'EditorPage'),
})

const security = createRoute({
  getParentRoute: () => shell,
  path: '/account/security',
  component: lazyPage(() => import('../pages/security/SecurityPage.tsx'), 'SecurityPage'),
})

const device = createRoute({
  getParentRoute: () => shell,
  path: '/device',
  validateSearch: (search): { code?: string } => given({ code: text(search['code']) }),
  component: lazyPage(() => import('../pages/device/DevicePage.tsx'), 'DevicePage'),
})

const singleSignOn = createRoute({
  getParentRoute: () => shell,
  path: '/single-sign-on',
  component: lazyPage(() => import('../pages/single-sign-on/SingleSignOnPage.tsx'), 'SingleSignOnPage'),
})

const elsewhere = createRoute({
  getParentRoute: () => shell,
  path: '$',
  component: NotFoundPage,
})

export const routeTree = root.addChildren([
  signIn,
  acceptInvitation,
  setup,
  resetPassword,
  publicForm,
  shell.addChildren([
    home,
    workflows,
    workflow,
    forms,
    form,
    newForm,
    editForm,
    history,
    execution,
    tasks,
    task,
    editor,
    schedules,
    events,
    event,
    config,
    integrations,
    integration,
    tables,
    table,
    files,
    keys,
    security,
    device,
    singleSignOn,
    audit,
    usage,
    organizations,
    people,
    roles,
    role,
    elsewhere,
  ]),
])

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    basepath: actingBase,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 150,
    defaultPendingMinMs: 250,
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}

/** Every other error is the page's own to show. */
async function unlessNothingThere(read: Promise<unknown>): Promise<void> {
  await read.catch((error: unknown) => {
    if (isNothingThere(error)) throw error
  })
}

const actingProblemOf = (error: unknown) =>
  isActingChanged(error) ? 'person' : error instanceof ActingRefused ? 'organization' : null

function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const queryErrors = useQueryErrorResetBoundary()
  useEffect(() => queryErrors.reset(), [queryErrors])
  const stopped = actingProblemOf(error)
  if (stopped) return <ActingStopped problem={stopped} />
  const thing = isNothingThere(error) ? thingAt(router.state.location.pathname) : null
  if (thing) return <NothingThere thing={thing} />
  return (
    <ErrorState
      wholePage
      error={error}
      onRetry={() => {
        if (error instanceof PageLoadError) return window.location.reload()
        reset()
        void router.invalidate()
      }}
    />
  )
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** A list in the address is read as one; the page wants its text. */
const filterText = (value: unknown): string | undefined =>
  Array.isArray(value) ? JSON.stringify(value) : text(value)

/** Leaves out what is not given, so that it does not show in the URL. */
function given<T extends Record<string, unknown>>(search: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
