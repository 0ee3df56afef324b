// Finds the browser of the journeys, or installs it where that is ours to do.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { run, SetupError, say } from './setup.mjs'

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
]
const places = [
  '/usr/lib/chromium/chromium',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
]

/** The path of a Chromium that runs on this machine, or null. `BIFROST_CHROMIUM` names one. */
export function findChromium() {
  const named = process.env.BIFROST_CHROMIUM
  if (named) {
    if (runs(named)) return named
    throw new SetupError(
      `BIFROST_CHROMIUM is ${named}, which does not run; set it to the program of a Chromium or Chrome.`,
    )
  }
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  const onPath = names.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  return [...onPath, ...places, ...ofPlaywright()].find((file) => fs.existsSync(file) && runs(file)) ?? null
}

/** Finds or, as root on Debian and Ubuntu, installs a Chromium; otherwise says how to get one. */
export async function needChromium() {
  const found = findChromium()
  if (found) return found
  if (process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get')) {
    say('Installing Chromium from the system packages, for the browser journeys')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    // An old list of packages often still works when an update does not.
    await run('apt-get', ['-qq', 'update'], { env })
    await run(
      'apt-get',
      ['-qq', '-y', '--no-install-recommends', 'install', 'chromium', 'fonts-liberation'],
      {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const installed = findChromium()
    if (installed) return installed
  }
  throw new SetupError(
    'The browser journeys need Chromium or Chrome, and none was found: install one (Debian: sudo apt-get install chromium; Ubuntu: sudo snap install chromium; macOS: brew install --cask chromium), or set BIFROST_CHROMIUM to its program.',
  )
}

/** Ubuntu has a `chromium` that is only a hint to install another one. */
function runs(file) {
  return spawnSync(file, ['--version'], { timeout: 20_000, stdio: 'ignore' }).status === 0
}

function ofPlaywright() {
  const cache =
    process.platform === 'darwin' ? ['Library', 'Caches', 'ms-playwright'] : ['.cache', 'ms-playwright']
  const folder = path.join(os.homedir(), ...cache)
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder)
    .filter((entry) => /^chromium-\d+$/.test(entry))
    .sort()
    .reverse()
    .flatMap((entry) => [
      path.join(folder, entry, 'chrome-linux', 'chrome'),
      path.join(folder, entry, 'chrome-linux64', 'chrome'),
      path.join(folder, entry, 'chrome-mac', 'Chromium.app', 'Contents', 'MacOS', 'Chromium'),
    ])
}
