import { ApiError, type Me, routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { ActingRefused } from '../errors.ts'
import { showsOrganization } from '../ui/window-title.ts'
import { actingScope, showsPerson } from './acting.ts'
import { api } from './api.ts'

/** Who is signed in; from then on, the requests of this page are theirs alone. */
async function whoIsIn(signal: AbortSignal): Promise<Me> {
  try {
    const me = await api(routes.getMe, { signal })
    showsPerson(me.id)
    showsOrganization(me.acting === 'home' ? null : me.acting === 'global' ? 'Global' : me.organization.name)
    return me
  } catch (error) {
    // Forbidden, or no organization at all: everybody may ask who they are at home.
    const isRefused = error instanceof ApiError && (error.status === 403 || error.status === 422)
    if (actingScope !== 'home' && isRefused) throw new ActingRefused()
    throw error
  }
}

export const meQuery = () =>
  queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => whoIsIn(signal),
    staleTime: 5 * 60_000,
    // Another person may have signed in through another tab.
    refetchOnWindowFocus: 'always',
  })
