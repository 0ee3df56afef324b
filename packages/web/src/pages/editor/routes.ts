import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'

export const editorRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/editor',
    validateSearch: (search): { file?: string; line?: number } =>
      given({ file: text(search['file']), line: Number(search['line']) || undefined }),
    component: lazyPage(() => import('./EditorPage.tsx'), 'EditorPage'),
  }),
] as const
