import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router'
import { cleanup, render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach } from 'vitest'

/** Shows a component as the page `/list`, beside another page that every other address leads to. */
export async function showPage(component: () => ReactNode, address = '/list') {
  const root = createRootRoute()
  const page = createRoute({ getParentRoute: () => root, path: '/list', component })
  const other = createRoute({ getParentRoute: () => root, path: '$', component: () => 'Another page' })
  const router = createRouter({
    routeTree: root.addChildren([page, other]),
    history: createMemoryHistory({ initialEntries: [address] }),
  })
  await router.load()
  // No server answers here.
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } })
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  )
  return {
    router,
    /** The parameters of the address, as a person sees them. */
    search: () => Object.fromEntries(new URLSearchParams(router.state.location.searchStr)),
  }
}

/** Leaves nothing behind for the next test. */
export function tidyUp(): void {
  afterEach(() => {
    cleanup()
    localStorage.clear()
  })
}
