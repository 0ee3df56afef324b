import { createRoute, redirect } from '@tanstack/react-router'
import { given, lazyPage, root, text } from '../../app/page-route.ts'
import { accountQueries } from './queries.ts'

export const accountRoutes = [
  createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    validateSearch: (search): { next?: string; problem?: string } =>
      given({ next: text(search['next']), problem: text(search['problem']) }),
    loader: async ({ context }) => {
      const setup = await context.queryClient.fetchQuery(accountQueries.setup()).catch(() => null)
      if (setup?.needed) throw redirect({ to: '/setup' })
    },
    component: lazyPage(() => import('./SignInPage.tsx'), 'SignInPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/setup',
    validateSearch: (search): { token?: string } => given({ token: text(search['token']) }),
    loader: ({ context }) => context.queryClient.fetchQuery(accountQueries.setup()),
    component: lazyPage(() => import('./SetUpPage.tsx'), 'SetUpPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/reset-password',
    component: lazyPage(() => import('./ResetPasswordPage.tsx'), 'ResetPasswordPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/accept-invitation',
    component: lazyPage(() => import('./AcceptInvitationPage.tsx'), 'AcceptInvitationPage'),
  }),
] as const
