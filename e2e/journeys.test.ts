// All journeys meet one server, so they are one file. The first start comes first; the others need no order.
import { describe } from 'vitest'
import { useProduct } from './testing/journey.ts'

useProduct()

const parts: [string, () => Promise<unknown>][] = [
  ['first start', () => import('./journeys/first-start.ts')],
  ['workflows', () => import('./journeys/workflows.ts')],
  ['run form', () => import('./journeys/run-form.ts')],
  ['execution', () => import('./journeys/execution.ts')],
  ['emitters', () => import('./journeys/emitters.ts')],
  ['graph', () => import('./journeys/graph.ts')],
  ['cancel and rerun', () => import('./journeys/cancel-and-rerun.ts')],
  ['history', () => import('./journeys/history.ts')],
  ['history and reruns', () => import('./journeys/history-and-reruns.ts')],
  ['saved views', () => import('./journeys/saved-views.ts')],
  ['schedules', () => import('./journeys/schedules.ts')],
  ['events', () => import('./journeys/events.ts')],
  ['tasks', () => import('./journeys/tasks.ts')],
  ['tables', () => import('./journeys/tables.ts')],
  ['files', () => import('./journeys/files.ts')],
  ['endpoints', () => import('./journeys/endpoints.ts')],
  ['secrets and keys', () => import('./journeys/secrets-and-keys.ts')],
  ['signing in', () => import('./journeys/signing-in.ts')],
  ['integrations', () => import('./journeys/integrations.ts')],
  ['forms', () => import('./journeys/forms.ts')],
  ['administration', () => import('./journeys/administration.ts')],
  ['organizations', () => import('./journeys/organizations.ts')],
  ['acting', () => import('./journeys/acting.ts')],
  ['three ways in', () => import('./journeys/three-ways-in.ts')],
  ['keyboard', () => import('./journeys/keyboard.ts')],
  ['every page', () => import('./journeys/every-page.ts')],
]
for (const [name, load] of parts)
  describe(name, async () => {
    await load()
  })
