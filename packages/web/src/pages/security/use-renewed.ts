import { useQueryClient } from '@tanstack/react-query'
import { queries } from '../../app/queries.ts'

/** Reads again how the person signs in, and what they may do now. */
export function useRenewed(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await client.invalidateQueries({ queryKey: queries.security().queryKey })
    await client.invalidateQueries({ queryKey: queries.me().queryKey })
  }
}
