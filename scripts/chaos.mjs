// `npm run chaos`: kills everything at random while runs continue, and sees that nothing is lost or done twice.
import { main, prepare, runNode } from './setup.mjs'

await main(async () => {
  await prepare({ web: false })
  return runNode(['bench/chaos/main.ts', ...process.argv.slice(2)])
})
