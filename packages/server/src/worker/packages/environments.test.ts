import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Containment, prepareContainment } from '../../platform/containment/containment.ts'
import { makeDataDir } from '../../platform/data-dir.ts'
import { silentLog } from '../../platform/log.ts'
import { sourcePackage, wheel } from '../../testing/wheel.ts'
import type { PackageState } from '../../workspace/package-states.ts'
import { findPython } from '../runtimes/find-python.ts'
import { pythonRuntime } from '../runtimes/python.ts'
import { Environments } from './environments.ts'
import { findInstaller } from './installer.ts'

const python = await findPython(null)
const installer = 'problem' in python ? python : await findInstaller(python)
const missing = 'problem' in installer ? installer.problem : null
if (missing !== null) console.warn(`Left out, since packages need Python with pip: ${missing}`)

let folder: string
let wheels: string
let containment: Containment
let environments: Environments
const states: PackageState[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bifrost-environments-'))
  wheels = mkdtempSync(join(tmpdir(), 'bifrost-wheels-'))
  chmodSync(wheels, 0o755)
  const packages = [
    ...['1', '2', '3', '4', '5', '6'].map((version) => wheel('small', version, `VERSION = ${version}\n`)),
    sourcePackage('built', '1.0', 'def built():\n    return "built"\n'),
  ]
  for (const [file, content] of packages) writeFileSync(join(wheels, file), content)
  makeDataDir(folder)
  // As on a machine without bubblewrap.
  containment = prepareContainment(folder, { withSandbox: false })
  environments = new Environments({
    containment,
    runtime: await pythonRuntime(containment, null),
    index: { indexUrl: null, extraIndexUrl: null, findLinks: wheels, noIndex: true },
    egressAllow: [],
    log: silentLog,
    record: async (_key, state) => void states.push(state),
  })
})
afterAll(async () => {
  await environments.stop()
  containment.leave()
  for (const one of [folder, wheels]) rmSync(one, { recursive: true, force: true })
})

const codeWith = (...requirements: string[]) =>
  `{"language":"python","durable":false,"packages":${JSON.stringify(requirements)},"entry":"a.py","files":{}}`
const siteOf = async (owner: string | null, ...requirements: string[]) =>
  (await environments.siteOf({ owner, path: 'a.py', source: codeWith(...requirements) })) ?? ''

test('without Python, code in it is refused before it waits for a process, and other code is not', async () => {
  const none = new Environments({
    containment,
    runtime: { language: 'python', problem: 'Install Python.' },
    index: { indexUrl: null, extraIndexUrl: null, findLinks: null, noIndex: true },
    egressAllow: [],
    log: silentLog,
    record: async () => {},
  })
  await expect(none.siteOf({ path: 'a.py', source: '{"language":"python"}' })).rejects.toThrow(
    'Install Python.',
  )
  expect(none.siteOf({ path: 'a.ts', source: 'export const a = 1' })).toBeNull()
})

describe.skipIf(missing !== null)('environments, without a sandbox', () => {
  test('code that lists nothing has none', () => {
    expect(
      environments.siteOf({
        path: 'a.py',
        source: '{"language":"python","durable":false,"entry":"a.py","files":{}}',
      }),
    ).toBeNull()
    expect(environments.siteOf({ path: 'a.ts', source: 'export const a = 1' })).toBeNull()
  })

  test('one is made once, belongs to the server and can be read by others', async () => {
    const [first, second] = await Promise.all([siteOf('acme', 'small==1'), siteOf('acme', 'small==1')])
    expect(second).toBe(first)
    expect(readFileSync(join(first, 'small.py'), 'utf8')).toBe('VERSION = 1\n')
    const { uid, mode } = statSync(join(first, 'small.py'))
    expect([uid, mode & 0o777]).toEqual([process.getuid?.(), 0o644])
    expect(states.map(({ status }) => status)).toEqual(['installing', 'ready'])
    expect(states.at(-1)?.modules).toEqual(['small'])
    expect(environments.siteOf({ owner: 'acme', path: 'a.py', source: codeWith('small==1') })).toBe(first)
  })

  test('another owner has another one, unless it is that of everybody', async () => {
    expect(await siteOf('beta', 'small==1')).not.toBe(await siteOf('acme', 'small==1'))
    const shared = await siteOf(null, 'small==2')
    expect(await siteOf('beta', 'small==2')).toBe(shared)
  })

  test('a package that would be built is refused, since nothing contains what it does', async () => {
    await expect(siteOf('acme', 'built==1.0')).rejects.toThrow(/could not be installed\.\n.*built/s)
    expect(states.at(-1)).toMatchObject({ status: 'failed' })
  })

  test('of one owner the latest few are kept, and in the end what the files ask for', async () => {
    const sites: string[] = []
    for (const version of [1, 3, 4, 5, 6]) {
      const site = await siteOf('many', `small==${version}`)
      sites.push(site)
      utimesSync(join(site, '..', 'used'), version, version)
    }
    expect(sites.map((site) => existsSync(site))).toEqual([false, true, true, true, true])
    await environments.prune([{ owner: 'many', requirements: ['small==5'] }])
    expect(sites.map((site) => existsSync(site))).toEqual([false, false, false, true, false])
    expect(readdirSync(join(sites[3] ?? '', '..')).sort()).toEqual(['site', 'used'])
  })
})
