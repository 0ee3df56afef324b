#!/usr/bin/env node
// In a checkout this makes the checkout ready and finds the Node that runs our TypeScript, as `npm start` does, and hands over
// to src/main.ts. Without the scripts of a checkout everything is installed already, and the Node at hand has to be new enough.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const RUNTIME_NODE = 26

const program = new URL('../src/main.ts', import.meta.url)
const setup = new URL('../../../scripts/setup.mjs', import.meta.url)
const args = process.argv.slice(2)

if (existsSync(setup)) await runInCheckout()
else if (Number.parseInt(process.versions.node, 10) >= RUNTIME_NODE) process.exitCode = await runHere()
else {
  process.stderr.write(`bifrost runs on Node ${RUNTIME_NODE} or newer, and this is ${process.version}.\n`)
  process.exitCode = 1
}

async function runInCheckout() {
  const { isRightNode, main, prepare, runNode } = await import(setup.href)
  await main(async () => {
    // Only a server has pages to serve.
    await prepare({ web: ['start', 'dev', 'api'].includes(args[0]) })
    if (isRightNode()) return runHere()
    return runNode([fileURLToPath(program), `--launcher=${process.pid}`, ...args], { cwd: process.cwd() })
  })
}

async function runHere() {
  const { runProgram } = await import(program.href)
  return runProgram(args)
}
