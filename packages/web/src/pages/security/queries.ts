import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const securityQueries = {
  /** How the signed-in person signs in. */
  own: () =>
    queryOptions({ queryKey: ['security'], queryFn: ({ signal }) => api(routes.getSecurity, { signal }) }),
  /** A new secret each time the dialog opens, and no other while it is open. */
  newTotpSecret: () =>
    queryOptions({
      queryKey: ['totp-secret'],
      queryFn: () => api(routes.startTotp),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 0,
      retry: false,
    }),
  sessions: () =>
    queryOptions({ queryKey: ['sessions'], queryFn: ({ signal }) => api(routes.listSessions, { signal }) }),
  policy: () =>
    queryOptions({
      queryKey: ['sign-in-policy'],
      queryFn: ({ signal }) => api(routes.getSignInPolicy, { signal }),
    }),
}
