// What people do with files, connections, forms, accounts and organizations, and a look at every page.
import { journeysOf } from './testing/journeys-of.ts'

journeysOf({
  files: () => import('./journeys/files.ts'),
  endpoints: () => import('./journeys/endpoints.ts'),
  'secrets and keys': () => import('./journeys/secrets-and-keys.ts'),
  'signing in': () => import('./journeys/signing-in.ts'),
  integrations: () => import('./journeys/integrations.ts'),
  forms: () => import('./journeys/forms.ts'),
  administration: () => import('./journeys/administration.ts'),
  organizations: () => import('./journeys/organizations.ts'),
  acting: () => import('./journeys/acting.ts'),
  'three ways in': () => import('./journeys/three-ways-in.ts'),
  keyboard: () => import('./journeys/keyboard.ts'),
  'every page': () => import('./journeys/every-page.ts'),
})
