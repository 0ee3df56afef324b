import type { Fixtures } from './fixture.ts'
import { accountFixtures } from './fixtures/accounts.ts'
import { dataFixtures } from './fixtures/data.ts'
import { executionFixtures } from './fixtures/executions.ts'
import { formFixtures } from './fixtures/forms.ts'
import { organizationFixtures } from './fixtures/organizations.ts'
import { signInFixtures } from './fixtures/sign-in.ts'
import { viewFixtures } from './fixtures/views.ts'
import { workflowFixtures } from './fixtures/workflows.ts'

/** How the matrix calls every route. A type error here names the routes that have no fixture yet. */
export const fixtures = {
  ...accountFixtures,
  ...signInFixtures,
  ...organizationFixtures,
  ...workflowFixtures,
  ...executionFixtures,
  ...dataFixtures,
  ...formFixtures,
  ...viewFixtures,
} satisfies Fixtures
