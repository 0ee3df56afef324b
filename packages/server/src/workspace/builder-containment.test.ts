import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Containment, prepareContainment } from '../platform/containment/containment.ts'
import { setpriv } from '../platform/containment/resources.ts'
import { FixtureWorkspace } from './builder/fixture-workspace.ts'
import { createBuilder } from './builder.ts'
import { builderStarter } from './builder-start.ts'

// What a builder process can reach, asked by a program that is started as one, and that builders still do their work.

const flow = (name: string, head = '', parameters = '') =>
  `import { workflow } from 'bifrost'\n${head}export const ${name} = workflow(async (${parameters}) => 1)\n`

/** Tries everything, and sends what came of it. */
const PROBE = `
import * as fs from 'node:fs'
import * as net from 'node:net'
const { reads, writes, server, port } = JSON.parse(fs.readFileSync(new URL('./_asks.json', import.meta.url), 'utf8'))
const attempt = (work) => { try { work(); return 'done' } catch { return 'refused' } }
const connected = await new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('connect', () => resolve('done')).on('error', () => resolve('refused'))
})
process.send({
  read: Object.fromEntries(reads.map(([name, path]) => [name, attempt(() => fs.readFileSync(path))])),
  write: Object.fromEntries(writes.map(([name, path]) => [name, attempt(() => fs.writeFileSync(path, 'x'))])),
  ownFolder: attempt(() => fs.writeFileSync('note.txt', 'x')),
  signal: attempt(() => process.kill(server, 0)),
  connected,
  environment: Object.keys(process.env).sort(),
  capabilities: /CapEff:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1],
  user: process.getuid(),
}, () => process.exit(0))
`
interface Reached {
  read: Record<string, string>
  write: Record<string, string>
  ownFolder: string
  signal: string
  connected: string
  environment: string[]
  capabilities: string
  user: number
}

const isRoot = process.getuid?.() === 0
const CHECKOUT_FILE = fileURLToPath(new URL('./builder/_probe.ts', import.meta.url))
/** Numbers of capabilities as bits: to read what others own. */
const DAC_READ_SEARCH = 1 << 2

describe.each([true, false])('bubblewrap: %s', (withSandbox) => {
  let workspace: FixtureWorkspace
  let dataDir: string
  let linked: string
  let containment: Containment
  let isMissing = false
  beforeAll(() => {
    workspace = new FixtureWorkspace({
      'global.ts': flow('everybodys'),
      '_shared.ts': 'export const shared = 1',
      '.env': 'TOKEN=secret',
      '.git/config': 'secret',
      'node_modules/installed/package.json': '{"name": "installed", "main": "main.js", "types": "main.d.ts"}',
      'node_modules/installed/main.js': 'export const installed = "from the package"',
      'node_modules/installed/main.d.ts':
        'export declare const installed: string\nexport interface Person { name: string }',
      'organizations/a/_own.ts': 'export const own = 1',
      'organizations/b/_secret.ts': 'export const secret = 1',
      '_probe.mjs': PROBE,
    })
    // Where others may look in as well, so that it is containment alone that closes it.
    chmodSync(workspace.dir, 0o755)
    dataDir = join(workspace.dir, '.bifrost')
    mkdirSync(dataDir, { mode: 0o755 })
    writeFileSync(join(dataDir, 'secret-key'), 'secret', { mode: 0o600 })
    linked = mkdtempSync(join(tmpdir(), 'linked-'))
    chmodSync(linked, 0o755)
    writeFileSync(join(linked, 'package.json'), '{"name": "linked", "main": "main.js"}')
    writeFileSync(join(linked, 'main.js'), 'export const linked = "from elsewhere"')
    symlinkSync(linked, join(workspace.dir, 'node_modules/linked'))
    containment = prepareContainment(dataDir, { withSandbox })
    isMissing = withSandbox && !containment.sandbox
    if (isMissing) console.warn('Left out: bubblewrap is missing, or not allowed here.')
  })
  afterAll(() => {
    containment.leave()
    workspace[Symbol.dispose]()
    rmSync(linked, { recursive: true, force: true })
    rmSync(CHECKOUT_FILE, { force: true })
  })

  const contained = () => ({ by: () => containment, dataDir })

  async function probe(owner: string | null): Promise<Reached> {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const inside = (path: string) => join(workspace.dir, path)
    workspace.write(
      '_asks.json',
      JSON.stringify({
        reads: [
          ['everybodys', inside('_shared.ts')],
          ['own', inside('organizations/a/_own.ts')],
          ['another', inside('organizations/b/_secret.ts')],
          ['installed', inside('node_modules/installed/main.js')],
          ['linked', join(linked, 'main.js')],
          ['env', inside('.env')],
          ['git', inside('.git/config')],
          ['data', join(dataDir, 'secret-key')],
          ['shadow', '/etc/shadow'],
          ['passwd', '/etc/passwd'],
          ['server', `/proc/${process.pid}/environ`],
        ],
        writes: [
          ['workspace', inside('written.ts')],
          ['own', inside('organizations/a/written.ts')],
          ['masked', inside('organizations/written.ts')],
          ['data', join(dataDir, 'written')],
          ['platform', CHECKOUT_FILE],
        ],
        server: process.pid,
        port: (server.address() as AddressInfo).port,
      }),
    )
    const start = builderStarter({
      workspaceDir: workspace.dir,
      contained: contained(),
      program: join(workspace.dir, '_probe.mjs'),
    })
    const started = start('bundler', owner)
    let words = ''
    started.process.stderr?.on('data', (text) => {
      words += text
    })
    const [reached] = await Promise.race([
      once(started.process, 'message') as Promise<[Reached]>,
      once(started.process, 'exit').then(() => Promise.reject(new Error(words))),
    ])
    await once(started.process, 'exit')
    started.clear()
    server.close()
    return reached
  }

  test.for([['a'], [null]] as const)('what the process of %s reaches', async ([owner], { skip }) => {
    skip(isMissing, 'bubblewrap is missing here')
    const reached = await probe(owner)
    const { read, write } = reached
    expect(read).toMatchObject({ everybodys: 'done', installed: 'done', linked: 'done' })
    if (owner) expect(read['own']).toBe('done')
    expect(reached.ownFolder).toBe('done')
    expect(reached.environment.filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual([
      ...['HOME', ...(withSandbox ? ['PWD'] : []), 'TMPDIR', 'TZ'],
    ])
    if (withSandbox) {
      expect(read).toMatchObject({
        ...{ another: 'refused', data: 'refused', shadow: 'refused', passwd: 'refused', server: 'refused' },
        ...{ git: 'refused', env: 'refused' },
      })
      if (!owner) expect(read['own']).toBe('refused')
      expect(new Set(Object.values(write))).toEqual(new Set(['refused']))
      expect(reached.signal).toBe('refused')
      if (containment.sandbox?.hasOwnNetwork) expect(reached.connected).toBe('refused')
      else console.warn('Left out: bubblewrap gives no network of its own here.')
      expect(Number.parseInt(reached.capabilities, 16) & ~DAC_READ_SEARCH).toBe(0)
      if (isRoot) expect(reached.user).not.toBe(0)
    } else if (isRoot && reached.user !== 0) {
      console.warn(
        "Without bubblewrap a builder reads what every user may read, and has the machine's network.",
      )
      expect(read).toMatchObject({ data: 'refused', shadow: 'refused', server: 'refused' })
      expect(new Set(Object.values(write))).toEqual(new Set(['refused']))
      expect(reached.signal).toBe('refused')
      expect(reached.capabilities).toMatch(/^0+$/)
    } else console.warn('Left out: without bubblewrap a builder is the user of the server here.')
  })

  test('types are read and code is bundled as ever, with packages, links and screens', {
    timeout: 240_000,
  }, async ({ skip }) => {
    skip(isMissing, 'bubblewrap is missing here')
    workspace.write(
      'organizations/a/flow.ts',
      `import { screen, workflow } from 'bifrost'
import { installed, type Person } from 'installed'
import { linked } from 'linked'
import { shared } from '../../_shared.ts'
export const flow = workflow(async (person: Person) =>
  screen('look', { component: './_look.tsx', props: { installed, linked, shared, person } }))
`,
    )
    workspace.write(
      'organizations/a/_look.tsx',
      `import { Form, useScreen } from 'bifrost/screen'
import { useState } from 'react'
import logo from './logo.svg'
import './look.css'
export default function Look() {
  const { props } = useScreen<{ person: string }>()
  const [count] = useState(1)
  return <section className="mine"><img src={logo} />{props.person} {count}<Form /></section>
}
`,
    )
    workspace.write('organizations/a/look.css', '.mine { color: red }')
    workspace.write('organizations/a/logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
    workspace.write('organizations/a/closed.ts', flow('closed'))
    // Missing packages, and a missing manifest, are looked for in folders that it may not see.
    workspace.write(
      'organizations/a/lost.ts',
      flow('lost', "import type { Lost } from 'no-such-package'\n", 'lost: Lost'),
    )
    // Root reads what its owner alone may read; so does what it starts.
    chmodSync(join(workspace.dir, 'organizations/a/closed.ts'), withSandbox ? 0o600 : 0o644)
    const told: string[] = []
    const builder = createBuilder({
      workspaceDir: workspace.dir,
      contained: contained(),
      log: (message) => told.push(message),
    })
    try {
      const names = async (owner: string | null) =>
        (await builder.analyze(owner)).flatMap(({ error, executables }) => [
          ...(error ? [error.message] : []),
          ...executables.map((one) => `${one.name}(${one.parameters.map(({ name }) => name)})`),
        ])
      expect(await names('a')).toEqual(['closed()', 'flow(person)', 'lost(lost)'])
      const { source, screens } = await builder.bundle('organizations/a/flow.ts')
      expect(source).toContain('from the package')
      expect(source).toContain('from elsewhere')
      expect(screens.map(({ path }) => path)).toEqual(['organizations/a/_look.tsx'])
      expect(screens[0]?.source).toContain('.mine')
      expect(screens[0]?.source).toContain('data:image/svg+xml')
      expect(await builder.screenRuntime()).toContain('bifrost.screen')
      expect(await names(null)).toEqual(['everybodys()'])
      expect(told).toEqual([])
      // The folder is replaced by another one of the same name, as a deployment does.
      renameSync(join(workspace.dir, 'organizations/a'), join(workspace.dir, 'organizations/_before'))
      workspace.write('organizations/a/later.ts', flow('later'))
      expect(await names('a')).toEqual(['later()'])
      expect((await builder.bundle('organizations/a/later.ts')).source).toContain('later')
    } finally {
      await builder.stop()
    }
  })

  test('a builder in an endless loop ends when its server is killed', async ({ skip }) => {
    skip(isMissing, 'bubblewrap is missing here')
    skip(!withSandbox && !setpriv(), 'no program of this system ends a process together with another one')
    workspace.write('_loop.mjs', 'process.send("begun", () => { for (;;); })')
    const server = join(workspace.dir, '_server.mjs')
    const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    writeFileSync(
      server,
      `import { builderStarter } from ${url('./builder-start.ts')}
import { prepareContainment } from ${url('../platform/containment/containment.ts')}
const containment = prepareContainment(${JSON.stringify(dataDir)}, { withSandbox: ${withSandbox} })
const start = builderStarter({
  workspaceDir: ${JSON.stringify(workspace.dir)},
  contained: { by: () => containment, dataDir: ${JSON.stringify(dataDir)} },
  program: ${JSON.stringify(join(workspace.dir, '_loop.mjs'))},
})
const { process: builder } = start('bundler', null)
builder.on('message', () => process.send(builder.pid))
`,
    )
    const parent = spawn(process.execPath, ['--no-warnings', server], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [pid] = (await once(parent, 'message')) as [number]
    const pids = treeOf(pid)
    expect(pids.length).toBeGreaterThanOrEqual(withSandbox ? 3 : 1)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10))
  })
})

/** A process and all below it, as the machine sees them. */
function treeOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => treeOf(Number(child))))]
}

const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
