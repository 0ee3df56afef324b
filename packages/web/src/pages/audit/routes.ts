import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'
import { readAuditSearch } from './audit-search.ts'

export const auditRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/audit',
    validateSearch: readAuditSearch,
    component: lazyPage(() => import('./AuditPage.tsx'), 'AuditPage'),
  }),
] as const
