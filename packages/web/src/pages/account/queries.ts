import { routes } from '@bifrost/contract'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const accountQueries = {
  setup: () =>
    queryOptions({ queryKey: ['setup'], queryFn: ({ signal }) => api(routes.getSetup, { signal }) }),
  /** Identity providers for everybody, and those for the domain of an address. */
  providers: (email: string) =>
    queryOptions({
      queryKey: ['sign-in-providers', email.split('@')[1] ?? ''],
      queryFn: ({ signal }) => api(routes.listSignInProviders, { query: email ? { email } : {}, signal }),
      placeholderData: keepPreviousData,
    }),
}
