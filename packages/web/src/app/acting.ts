import { ACTING_HEADERS, ACTING_PATH, pathOf, type Route, routes } from '@bifrost/contract'
import { useSyncExternalStore } from 'react'

/**
 * The organization that this tab acts for. The address names it, and it stays the same until the page is left: switching
 * loads another page. So two tabs act for what each shows, nothing that one organization was asked for is ever shown
 * under another, and requests under way keep the organization that they were sent for.
 */
const inAddress = new RegExp(`^${ACTING_PATH}/([^/]+)`).exec(window.location.pathname)?.[1]

/** `home`, `global`, or the short name or id of an organization. */
export const actingScope = inAddress ?? 'home'
/** What the addresses of all pages of this tab begin with. */
export const actingBase = inAddress === undefined ? '/' : `${ACTING_PATH}/${inAddress}`

/** The user that this page shows as signed in. */
let person: string | null = null

export function showsPerson(id: string | null): void {
  person = id
}

/** What makes a request one of this tab: its organization and its user. */
export function actingHeaders(route: Route): Record<string, string> {
  if (route.permission === 'public') return {}
  return {
    // Signing out works everywhere, also where one may not act any more.
    ...(route === routes.logout ? {} : { [ACTING_HEADERS.scope]: actingScope }),
    ...(person === null ? {} : { [ACTING_HEADERS.user]: person }),
  }
}

/** The address of a route for what sends no headers: links to files, frames, event streams. */
export function addressOf(
  route: Route,
  params: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const { [ACTING_HEADERS.scope]: scope, ...rest } = actingHeaders(route)
  return pathOf(route, params, {
    ...query,
    ...rest,
    ...(scope === 'home' ? {} : { [ACTING_HEADERS.scope]: scope }),
  })
}

/** Why this tab may do nothing more: another person signed in, or the person may not act for its organization. */
export type ActingProblem = 'person' | 'organization'

let problem: ActingProblem | null = null
const listeners = new Set<() => void>()

export function reportActingProblem(found: ActingProblem): void {
  problem ??= found
  for (const listener of listeners) listener()
}

export const useActingProblem = (): ActingProblem | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => problem,
  )

/** Loads a page; nothing after it runs. Takes all that this page knows with it. */
export function loadPage(address: string): Promise<never> {
  window.location.assign(address)
  return new Promise(() => {})
}
