// `npm run simulate -- --seed N --runs M`: plays made-up workflows through the engine in virtual time, with bad luck that
// the seed decides, and checks the engine's guarantees after each. See docs/engine.md.
import { main, prepare, runNode } from './setup.mjs'

await main(async () => {
  await prepare({ web: false })
  return runNode(['packages/server/src/testing/simulation/main.ts', ...process.argv.slice(2)])
})
