import { type Me, type Permission, routes } from '@bifrost/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { loadPage } from './acting.ts'
import { api } from './api.ts'
import { meQuery } from './who-is-in.ts'

/** Who is signed in. Only below the shell, whose route has loaded it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery()).data
}

/** Asks what the signed-in person may do. */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useMe()
  return (permission) => permissions.includes(permission)
}

export function useSignOut(): () => Promise<void> {
  return async () => {
    await api(routes.logout)
    await loadPage('/sign-in')
  }
}
