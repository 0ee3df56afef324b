// `npm run soak`: a hostile organization beside a well-behaved one, for as long as you like.
import { main, prepare, runNode } from './setup.mjs'

await main(async () => {
  await prepare({ web: false })
  return runNode(['bench/soak/main.ts', ...process.argv.slice(2)])
})
