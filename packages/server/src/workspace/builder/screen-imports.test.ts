import { expect, test } from 'vitest'
import { isBuildError } from './build-error.ts'
import { bundleFile } from './bundle.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const screenTaking = (importing: string): string => `${importing}\nexport default () => <b>x</b>\n`

test("a screen of an organization takes no data of everybody's", async () => {
  using workspace = new FixtureWorkspace({
    'organizations/acme/flow.ts': `import { screen, workflow } from 'bifrost'
export const flow = workflow(async () => screen('s', { component: './screen.tsx' }))
`,
    'organizations/acme/screen.tsx': screenTaking("import x from '../../lib/prices.csv'\nconsole.log(x)"),
    'lib/prices.csv': 'a',
    'lib/look.css': 'a{}',
  })
  const problem = () =>
    bundleFile(workspace.dir, 'organizations/acme/flow.ts').then(
      () => null,
      (error: unknown) => {
        if (isBuildError(error)) return error.toNote().message
        throw error
      },
    )
  expect(await problem()).toContain('is not code')
  workspace.write('organizations/acme/screen.tsx', screenTaking("import '../../lib/look.css'"))
  expect(await problem()).toBeNull()
})
