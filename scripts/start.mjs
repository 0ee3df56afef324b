// `npm start`: sets up what is missing, then runs the platform. With the right Node in hand (npm finds the installed
// one first) that is this very process; otherwise a child that gets our signals.
import * as fs from 'node:fs'
import * as path from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkout, isRightNode, main, prepare, runNode } from './setup.mjs'

const server = path.join(checkout, 'packages', 'server', 'src', 'run.ts')

await main(async () => {
  await prepare({ web: true })
  const launchers = waitingForUs()
  if (!isRightNode()) return runNode([server, ...[process.pid, ...launchers].map(String)])
  const { run } = await import(pathToFileURL(server).href)
  await run({ launchers })
})

/**
 * npm, and the shell that npm starts us with: when one of them is killed, no process would stop us any more. Without npm
 * we may have been sent to the background on purpose, and the shell that did it may go.
 */
function waitingForUs() {
  if (!process.env.npm_lifecycle_event) return []
  const parent = process.ppid
  const above = process.platform === 'linux' && isShell(parent) ? [parentOf(parent)] : []
  return [parent, ...above].filter((pid) => pid > 1)
}

function isShell(pid) {
  return /^(sh|dash|bash|ash|busybox)$/.test(fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim())
}

function parentOf(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}
