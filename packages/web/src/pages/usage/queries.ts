import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const usageQueries = {
  /** Of the organization that is acted in, or of another one. */
  of: (organization: string | null) =>
    queryOptions({
      queryKey: ['usage', organization],
      queryFn: ({ signal }) =>
        organization === null
          ? api(routes.getUsage, { signal })
          : api(routes.getOrganizationUsage, { params: { id: organization }, signal }),
    }),
}
