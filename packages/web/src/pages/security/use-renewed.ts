import { useQueryClient } from '@tanstack/react-query'
import { meQuery } from '../../app/who-is-in.ts'
import { securityQueries } from './queries.ts'

/** Reads again how the person signs in, and what they may do now. */
export function useRenewed(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await client.invalidateQueries({ queryKey: securityQueries.own().queryKey })
    await client.invalidateQueries({ queryKey: meQuery().queryKey })
  }
}
