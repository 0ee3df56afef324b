import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { isFinal, isUnauthenticated } from '../errors.ts'

export function createQueryClient(onSessionEnded: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (isUnauthenticated(error)) onSessionEnded()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => !isFinal(error) && failures < 2,
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 5000),
        staleTime: 2_000,
      },
    },
  })
}
