import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { isNothingThere, isUnauthenticated, PageLoadError } from '../errors.ts'
import { Shell } from './shell/Shell.tsx'
import { meQuery } from './who-is-in.ts'

// What the routes of the pages are made of.

/** The parent of the pages that a person sees without being signed in. */
export const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet })

/** The parent of everything behind the sign-in. */
export const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  // Before the loaders of the pages, so that they do not ask for what they may not see.
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.queryClient.ensureQueryData(meQuery())
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

/**
 * A page in a file of its own. When that file cannot be fetched (the server is unreachable, or was updated and has other files
 * now) the page says so, instead of the router loading the whole app again without a word.
 */
export function lazyPage<Name extends string, Module extends Record<Name, React.ComponentType>>(
  load: () => Promise<Module>,
  name: Name,
) {
  const loadOrSay = () =>
    load().catch((cause: unknown) => {
      throw new PageLoadError(cause)
    })
  return lazyRouteComponent(loadOrSay, name)
}

/** For a loader whose page shows every other error itself. */
export async function unlessNothingThere(read: Promise<unknown>): Promise<void> {
  await read.catch((error: unknown) => {
    if (isNothingThere(error)) throw error
  })
}

export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** Leaves out what is not given, so that it does not show in the URL. */
export function given<T extends Record<string, unknown>>(search: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
