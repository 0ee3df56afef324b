// What people do with workflows and runs.
import { journeysOf } from './testing/journeys-of.ts'

journeysOf({
  workflows: () => import('./journeys/workflows.ts'),
  'run form': () => import('./journeys/run-form.ts'),
  execution: () => import('./journeys/execution.ts'),
  emitters: () => import('./journeys/emitters.ts'),
  graph: () => import('./journeys/graph.ts'),
  'cancel and rerun': () => import('./journeys/cancel-and-rerun.ts'),
  history: () => import('./journeys/history.ts'),
  'history and reruns': () => import('./journeys/history-and-reruns.ts'),
  'saved views': () => import('./journeys/saved-views.ts'),
  schedules: () => import('./journeys/schedules.ts'),
  events: () => import('./journeys/events.ts'),
  tasks: () => import('./journeys/tasks.ts'),
  tables: () => import('./journeys/tables.ts'),
})
