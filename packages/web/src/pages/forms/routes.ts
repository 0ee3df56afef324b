import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, root, shell, text } from '../../app/page-route.ts'
import { workflowQueries } from '../workflows/queries.ts'
import { formQueries } from './queries.ts'

export const formRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/forms',
    component: lazyPage(() => import('./FormsPage.tsx'), 'FormsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/forms/$id',
    loader: ({ context, params }) => context.queryClient.fetchQuery(formQueries.one(params.id)),
    component: lazyPage(() => import('./FormPage.tsx'), 'FormPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/forms/new',
    validateSearch: (search): { workflow?: string } => given({ workflow: text(search['workflow']) }),
    loader: ({ context }) => context.queryClient.ensureQueryData(workflowQueries.list()),
    component: lazyPage(() => import('./builder/NewFormPage.tsx'), 'NewFormPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/forms/$id/edit',
    loader: ({ context: { queryClient }, params }) =>
      Promise.all([
        queryClient.fetchQuery(formQueries.settings(params.id)),
        queryClient.ensureQueryData(workflowQueries.list()),
      ]),
    component: lazyPage(() => import('./builder/EditFormPage.tsx'), 'EditFormPage'),
  }),
] as const

export const publicFormRoutes = [
  // By its public link, for people who are not signed in.
  createRoute({
    getParentRoute: () => root,
    path: '/f/$token',
    loader: ({ context, params }) => context.queryClient.fetchQuery(formQueries.publicOne(params.token)),
    component: lazyPage(() => import('./PublicFormPage.tsx'), 'PublicFormPage'),
  }),
] as const
