// `npm run bench`: measures what the design promises. Arguments go to bench/main.ts.
import { main, prepare, runNode } from './setup.mjs'

await main(async () => {
  await prepare({ web: true })
  return runNode(['bench/main.ts', ...process.argv.slice(2)])
})
