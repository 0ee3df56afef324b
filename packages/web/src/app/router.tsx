import { type QueryClient, useQueryErrorResetBoundary } from '@tanstack/react-query'
import { createRoute, createRouter, type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { ActingRefused, isActingChanged, isNothingThere, PageLoadError } from '../errors.ts'
import { accountRoutes } from '../pages/account/routes.ts'
import { auditRoutes } from '../pages/audit/routes.ts'
import { configRoutes } from '../pages/config/routes.ts'
import { deviceRoutes } from '../pages/device/routes.ts'
import { editorRoutes } from '../pages/editor/routes.ts'
import { eventRoutes } from '../pages/events/routes.ts'
import { executionRoutes } from '../pages/executions/routes.ts'
import { fileRoutes } from '../pages/files/routes.ts'
import { formRoutes, publicFormRoutes } from '../pages/forms/routes.ts'
import { homeRoutes } from '../pages/home/routes.ts'
import { integrationRoutes } from '../pages/integrations/routes.ts'
import { keyRoutes } from '../pages/keys/routes.ts'
import { organizationRoutes } from '../pages/organizations/routes.ts'
import { peopleRoutes } from '../pages/people/routes.ts'
import { roleRoutes } from '../pages/roles/routes.ts'
import { scheduleRoutes } from '../pages/schedules/routes.ts'
import { securityRoutes } from '../pages/security/routes.ts'
import { singleSignOnRoutes } from '../pages/single-sign-on/routes.ts'
import { tableRoutes } from '../pages/tables/routes.ts'
import { taskRoutes } from '../pages/tasks/routes.ts'
import { usageRoutes } from '../pages/usage/routes.ts'
import { workflowRoutes } from '../pages/workflows/routes.ts'
import { PageSkeleton } from '../ui/Page.tsx'
import { ErrorState } from '../ui/states.tsx'
import { actingBase } from './acting.ts'
import { NotFoundPage } from './NotFoundPage.tsx'
import { root, shell } from './page-route.ts'
import { ActingStopped } from './shell/ActingStopped.tsx'
import { NothingThere, thingAt } from './shell/NothingThere.tsx'

const elsewhere = createRoute({ getParentRoute: () => shell, path: '$', component: NotFoundPage })

const routeTree = root.addChildren([
  ...accountRoutes,
  ...publicFormRoutes,
  shell.addChildren([
    ...auditRoutes,
    ...configRoutes,
    ...deviceRoutes,
    ...editorRoutes,
    ...eventRoutes,
    ...executionRoutes,
    ...fileRoutes,
    ...formRoutes,
    ...homeRoutes,
    ...integrationRoutes,
    ...keyRoutes,
    ...organizationRoutes,
    ...peopleRoutes,
    ...roleRoutes,
    ...scheduleRoutes,
    ...securityRoutes,
    ...singleSignOnRoutes,
    ...tableRoutes,
    ...taskRoutes,
    ...usageRoutes,
    ...workflowRoutes,
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
