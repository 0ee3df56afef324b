// `npm run permissions`: calls every route as everybody and writes docs/permissions.md, the table of who may do what. Read
// what changed in it before you commit it.
import * as path from 'node:path'
import { checkout, main, prepare, runNode } from './setup.mjs'

await main(async () => {
  await prepare({ web: false })
  const vitest = path.join(checkout, 'node_modules', 'vitest', 'vitest.mjs')
  return runNode([vitest, 'run', '--project', 'unit', 'packages/server/src/permissions.test.ts'], {
    env: { WRITE_PERMISSIONS: '1' },
  })
})
