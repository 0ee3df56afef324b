#!/usr/bin/env node
// Finds the Node that runs our TypeScript, as `npm start` does, and hands over to src/main.ts.
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isRightNode, main, prepare, runNode } from '../../../scripts/setup.mjs'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const args = process.argv.slice(2)

await main(async () => {
  // Only a server has pages to serve.
  await prepare({ web: ['start', 'dev', 'api'].includes(args[0]) })
  if (!isRightNode()) return runNode([program, `--launcher=${process.pid}`, ...args], { cwd: process.cwd() })
  const { runProgram } = await import(pathToFileURL(program).href)
  return runProgram(args)
})
