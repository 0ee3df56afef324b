import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const deviceQueries = {
  login: (code: string) =>
    queryOptions({
      queryKey: ['device-login', code],
      queryFn: ({ signal }) =>
        api(routes.getDeviceLogin, { query: { user_code: code.slice(0, 20) }, signal }),
      gcTime: 0,
    }),
}
