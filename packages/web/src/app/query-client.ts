import { backoffMs } from '@bifrost/contract'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import {
  ActingRefused,
  isActingChanged,
  isFinal,
  isForbidden,
  isStillReading,
  isUnauthenticated,
} from '../errors.ts'
import { actingScope, reportActingProblem } from './acting.ts'
import { meQuery } from './who-is-in.ts'

/** A page waits so often for files that the server still reads; with pauses of up to 5 s, several minutes. */
const READING_TRIES_MAX = 60

export function createQueryClient(onSessionEnded: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (isUnauthenticated(error)) onSessionEnded()
    if (isActingChanged(error)) reportActingProblem('person')
    if (error instanceof ActingRefused) reportActingProblem('organization')
    // It may be that nothing is allowed here any more; who one is here says so.
    if (actingScope !== 'home' && isForbidden(error))
      void client.invalidateQueries({ queryKey: meQuery().queryKey })
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          isStillReading(error) ? failures < READING_TRIES_MAX : !isFinal(error) && failures < 2,
        retryDelay: (failures) => backoffMs(failures + 1, { firstMs: 500, maxMs: 5000 }),
        staleTime: 2_000,
      },
    },
  })
  return client
}
