import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { routes } from '@bifrost/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { sendSignal } from '../platform/processes.ts'
import { until, useServer } from '../testing/server.ts'

// What an author's code may try, and what it may not reach: the server, its secrets, its files, and other runs.

const asRoot = process.getuid?.() === 0

const server = useServer({
  files: {
    'tries.ts': `import { workflow } from 'bifrost'
import * as fs from 'node:fs'
import * as child_process from 'node:child_process'
import * as worker_threads from 'node:worker_threads'
import * as os from 'node:os'
import * as net from 'node:net'

const attempt = async (work: () => unknown) => {
  try { return { reached: true, value: String(await work()).slice(0, 200) } } catch (error) { return { reached: false, value: String((error as { code?: string }).code ?? error) } }
}
export const readFile = workflow(async (path: string) => attempt(() => fs.readFileSync(path, 'latin1')))
export const listFolder = workflow(async (path: string) => attempt(() => fs.readdirSync(path).join()))
export const writeFile = workflow(async (path: string) => attempt(() => fs.writeFileSync(path, 'x')))
export const followLink = workflow(async (target: string) => attempt(() => { fs.symlinkSync(target, os.tmpdir() + '/link'); return fs.readFileSync(os.tmpdir() + '/link', 'latin1') }))
export const openDescriptor = workflow(async (path: string) => attempt(async () => (await fs.promises.open(path)).fd))
export const spawn = workflow(async () => attempt(() => child_process.execSync('id').toString()))
export const fork = workflow(async () => attempt(() => child_process.fork('x.js').pid))
export const thread = workflow(async () => attempt(() => new worker_threads.Worker('1', { eval: true }).threadId))
export const environment = workflow(async () => ({ env: { ...process.env }, argv: process.argv.length, execArgv: process.execArgv.join(' ') }))
export const signal = workflow(async (pid: number) => attempt(() => process.kill(pid, 'SIGTERM')))
export const signals = workflow(async (pid: number) => {
  const low = process as unknown as { _kill(pid: number, signal: number): void; _debugProcess(pid: number): void }
  return {
    kill: await attempt(() => process.kill(pid, 0)),
    low: await attempt(() => low._kill(pid, 0)),
    debug: await attempt(() => low._debugProcess(pid)),
    group: await attempt(() => process.kill(-pid, 0)),
    disguised: await attempt(() => { Object.defineProperty(process, 'pid', { value: pid }); return process.kill(pid, 0) }),
  }
})
export const parent = workflow(async () => attempt(() => process.kill(process.ppid, 'SIGKILL')))
export const group = workflow(async () => attempt(() => process.kill(-process.ppid, 'SIGTERM')))
export const who = workflow(async () => ({ uid: process.getuid?.(), gid: process.getgid?.(), groups: process.getgroups?.(), pid: process.pid, ppid: process.ppid, tmp: os.tmpdir() }))
export const become = workflow(async () => attempt(() => process.setuid?.(0)))
export const socket = workflow(async (path: string) => attempt(() => new Promise((resolve, reject) => net.connect(path).on('connect', resolve).on('error', reject))))
export const ownFolder = workflow(async () => { const file = os.tmpdir() + '/mine.txt'; fs.writeFileSync(file, 'kept'); return fs.readFileSync(file, 'utf8') })
export const binding = workflow(async () => attempt(() => (process as unknown as { binding(name: string): object }).binding('fs')))
export const addon = workflow(async () => attempt(() => { const module = { exports: {} }; process.dlopen(module, '/lib/x86_64-linux-gnu/libc.so.6'); return 1 }))
export const inspector = workflow(async () => attempt(async () => { (await import('node:inspector')).open(0); return (await import('node:inspector')).url() }))
`,
    'channel.ts': `import { step, workflow } from 'bifrost'
import * as fs from 'node:fs'
const line = (value: unknown) => JSON.stringify(value) + '\\n'
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms))
export const garbage = workflow(async () => { fs.writeSync(3, 'garbage\\n'); await sleep(3000); return 'unheard' })
export const halfLine = workflow(async () => { fs.writeSync(3, '['); await sleep(50); return 'unheard' })
export const unknown = workflow(async () => { fs.writeSync(3, line([{ type: 'rule_the_world' }])); await sleep(3000); return 'unheard' })
export const deepMessage = workflow(async () => { fs.writeSync(3, '['.repeat(50_000) + ']'.repeat(50_000) + '\\n'); await sleep(3000); return 'unheard' })
export const endsOthers = workflow(async () => {
  for (let run = 1; run < 50; run++) fs.writeSync(3, line([{ type: 'done', run: run + 1000, result: '"forged"', variables: '{}', logsDropped: 0, timeSaved: 0, value: 0, cpuMs: 0, rssBytes: 0 }]))
  return 'own'
})
export const floods = workflow({ timeoutSeconds: 5 }, async () => {
  const messages = line(Array.from({ length: 1000 }, () => ({ type: 'pong', rssBytes: 1 })))
  for (let n = 0; n < 100; n++) { try { fs.writeSync(3, messages) } catch { await sleep(1) } }
  return 'done'
})
export const endlessLine = workflow({ timeoutSeconds: 8 }, async () => {
  const piece = 'x'.repeat(1024 * 1024)
  fs.writeSync(3, '["')
  for (;;) { try { fs.writeSync(3, piece) } catch { await sleep(1) } }
})
const forge = (result: string) => fs.writeSync(3, line(Array.from({ length: 50 }, (_, n) => ({ type: 'done', run: n + 1, result, variables: 'none', logsDropped: 0, timeSaved: 0, value: 0, cpuMs: 0, rssBytes: 0 }))))
export const badResult = workflow(async () => { forge('no json'); await sleep(3000) })
export const deepResult = workflow(async () => { forge('['.repeat(200_000) + ']'.repeat(200_000)); await sleep(3000) })
const place = { occurrence: 1, branch: '', position: 0, kind: 'step' }
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const whole = async (text: string) => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) { try { at += fs.writeSync(3, bytes, at) } catch { await sleep(1) } }
}
// A text that is put in as it is: writing out what is nested so deep would take the stack away here.
const sayDeep = (message: (run: number) => object, levels: number) =>
  whole('[' + Array.from({ length: 8 }, (_, n) => JSON.stringify(message(n + 1)).replaceAll('"DEEP"', nested(levels))).join() + ']\\n')
const end = { logsDropped: 0, timeSaved: 0, value: 0, cpuMs: 0, rssBytes: 0 }
const stepEnd = { ...place, type: 'step_ended', record: 1000, order: 1, key: 'deep#1', name: 'deep', attempts: [], output: 'null', error: null, hasUndo: false }
export const deepCall = workflow(async (method: string, args: unknown, levels: number) => { await sayDeep((run) => ({ type: 'call', run, call: 1000 + run, method, args }), levels); await sleep(300); return 'continued' })
export const deepValue = workflow(async (levels: number) => { await sayDeep((run) => ({ type: 'done', run, result: nested(levels), variables: '{}', ...end }), levels); await sleep(3000) })
export const deepVariables = workflow(async (levels: number) => { await sayDeep((run) => ({ type: 'done', run, result: '1', variables: nested(levels), ...end }), levels); await sleep(3000) })
export const deepOutput = workflow(async (levels: number) => { await sayDeep((run) => ({ ...stepEnd, run, output: nested(levels) }), levels); await sleep(3000) })
export const deepRow = workflow(async (levels: number) => { await sayDeep((run) => ({ ...stepEnd, run, transaction: { reads: [], writes: [{ kind: 'insert', table: 'deep', id: 'x', data: { a: 'DEEP' } }] } }), levels); await sleep(3000) })
export const badFailure = workflow(async () => { forge('{"success":false broken'); await sleep(3000) })
export const undoesForever = workflow({ timeoutSeconds: 1 }, async () => {
  for (;;) { fs.writeSync(3, line(Array.from({ length: 50 }, (_, n) => ({ type: 'undoing', run: n + 1 })))); await sleep(50) }
})
export const oddError = workflow({ timeoutSeconds: 60 }, async () => step('odd', { retries: 1, backoffSeconds: 3600 }, () => { throw new Error('odd \\0 \\ud800 ' + 'x'.repeat(50_000)) }))
export const tooLarge = workflow(async () => {
  const output = JSON.stringify('x'.repeat(9 * 1024 * 1024))
  const bytes = Buffer.from(line([{ ...place, type: 'step_ended', run: 100_000, record: 1000, order: 1, key: 'large#1', name: 'large', attempts: [], output, error: null, hasUndo: false }]))
  for (let at = 0; at < bytes.length; ) { try { at += fs.writeSync(3, bytes, at) } catch { await sleep(1) } }
  await sleep(3000)
})
export const closes = workflow(async () => { fs.closeSync(3); await sleep(3000); return 'unheard' })
export const callsUnknown = workflow(async () => {
  const { config } = await import('bifrost')
  const answers: string[] = []
  for (const key of ['__proto__', 'constructor', 'x'.repeat(300), '']) answers.push(await config.get(key, 'fallback').catch((error: Error) => error.message))
  return answers
})
`,
    'shared.ts': `import { workflow } from 'bifrost'
export const quick = workflow(async () => 'quick')
export const slow = workflow(async () => { await new Promise((r) => setTimeout(r, 700)); return 'slow' })
export const spins = workflow({ timeoutSeconds: 1 }, async () => { await new Promise((r) => setTimeout(r, 100)); while (true) {} })
export const spinsInRegExp = workflow({ timeoutSeconds: 1 }, async () => { await new Promise((r) => setTimeout(r, 100)); return /^(a+)+$/.test('a'.repeat(60) + '!') })
export const pollutes = workflow(async () => { (Object.prototype as Record<string, unknown>).polluted = 'yes'; (Array.prototype as unknown as Record<string, unknown>).toJSON = () => 'broken'; (globalThis as Record<string, unknown>).JSON = { stringify: () => 'broken', parse: () => 'broken' }; return 'done' })
export const clean = workflow(async () => ({ polluted: 'polluted' in {}, list: [1] }))
`,
  },
})

afterEach(async () => {
  expect(await server().execute('quick')).toMatchObject({ status: 'SUCCESS', result: 'quick' })
})

const tries = async (name: string, input: Record<string, unknown> = {}) => {
  const answer = await server().execute(name, input)
  expect(answer.status).toBe('SUCCESS')
  return answer.result as { reached: boolean; value: string }
}

describe('files', () => {
  test.each(['readFile', 'followLink', 'openDescriptor'])(
    'of the machine and of the server are not reached by %s',
    async (how) => {
      const { dataDir, workspaceDir } = server().config
      writeFileSync(join(dataDir, 'secret.txt'), 'TOP SECRET', { mode: 0o644 })
      const input = (path: string) => (how === 'followLink' ? { target: path } : { path })
      for (const path of [
        '/etc/passwd',
        `/proc/${process.pid}/environ`,
        '/proc/self/environ',
        `/proc/${process.pid}/mem`,
        join(dataDir, 'secret.txt'),
        join(dataDir, 'cli.key'),
        join(workspaceDir, 'tries.ts'),
        `${workspaceDir}/../data/secret.txt`,
        import.meta.filename,
      ]) {
        const answer = await tries(how, input(path))
        expect({ path, reached: answer.reached }).toEqual({ path, reached: false })
      }
    },
  )

  test('folders are not listed, and nothing is written outside its own', async () => {
    for (const path of ['/', '/tmp', '/proc', server().config.dataDir, server().config.workspaceDir])
      expect({ path, reached: (await tries('listFolder', { path })).reached }).toEqual({
        path,
        reached: false,
      })
    const target = join(server().config.workspaceDir, 'planted.ts')
    expect(await tries('writeFile', { path: target })).toMatchObject({ reached: false })
    expect(existsSync(target)).toBe(false)
  })

  test('a temporary folder of its own is there, and goes with the process', async () => {
    expect((await server().execute('ownFolder')).result).toBe('kept')
  })
})

describe('processes', () => {
  test.each(['spawn', 'fork', 'thread', 'binding', 'addon', 'inspector', 'become'])(
    '%s is refused',
    async (how) => {
      // A run that is ended for it is as well.
      const answer = await server().execute(how)
      if (answer.status === 'SUCCESS') expect(answer.result).toMatchObject({ reached: false })
      else expect(answer.status).toBe('FAILED')
    },
  )

  test('the environment holds no address, no secret and no path', async () => {
    const { result } = await server().execute('environment')
    const { env } = result as { env: Record<string, string> }
    expect(Object.keys(env).filter((name) => !['TZ', 'TMPDIR', 'HOME', 'PWD'].includes(name))).toEqual([])
    const text = JSON.stringify(result)
    for (const secret of [
      server().config.secretKey,
      server().admin.apiKey,
      'postgres',
      server().config.workspaceDir,
    ])
      expect(text).not.toContain(secret)
  })

  test.runIf(asRoot)('a child is a user of its own and signals no other user', async () => {
    const { result } = await server().execute('who')
    expect(result).toMatchObject({ uid: expect.any(Number) })
    expect((result as { uid: number }).uid).toBeGreaterThan(1000)
    expect((result as { groups: number[] }).groups).not.toContain(0)
    // Inside a sandbox its parent is the sandbox's first process, and a signal to that harms only itself.
    const alone = (result as { ppid: number }).ppid !== process.pid
    for (const how of ['parent', 'group']) {
      const answer = await server().execute(how)
      if (!alone) expect(answer.result).toMatchObject({ reached: false })
    }
    expect(await tries('signal', { pid: process.pid })).toMatchObject({ reached: false })
  })

  test('no process but its own is signalled, by no way that Node has', async () => {
    const { result } = await server().execute('signals', { pid: process.pid })
    const refused = { reached: false, value: 'ERR_ACCESS_DENIED' }
    expect(result).toEqual({
      kill: refused,
      low: refused,
      debug: refused,
      group: refused,
      disguised: refused,
    })
  })

  test('the sockets of the database are not reached', async () => {
    const { rows } = {
      rows: await server().db.query<{ folder: string }>(
        `select current_setting('unix_socket_directories') as folder`,
      ),
    }
    const path = `${rows[0]?.folder}/.s.PGSQL.5432`
    const answer = await server().execute('socket', { path })
    expect(answer.result).toMatchObject({ reached: false })
  })
})

describe('the line to the server', () => {
  test.each([
    ['garbage', 'protocol'],
    ['unknown', 'protocol'],
    ['deepMessage', null],
    ['badResult', 'protocol'],
    ['badFailure', 'protocol'],
    ['deepResult', 'protocol'],
    ['closes', null],
  ])('%s ends the child and fails the run', async (name, code) => {
    const answer = await server().execute(name)
    expect(answer.status).toBe('FAILED')
    const { error } = await server().ended(answer.execution_id)
    if (code) expect(error?.code).toBe(code)
  })

  test.each([
    ['workflows.start', { workflow: 'quick', input: { deep: 'DEEP' } }],
    ['config.set', { key: 'deep', value: 'DEEP' }],
    ['events.emit', { name: 'deep/deep', payload: 'DEEP' }],
    ['tables.write', { writes: [{ kind: 'insert', table: 'deep', id: 'x', data: { deep: 'DEEP' } }] }],
  ])(
    'a call of %s that no SDK makes, with a value nested 30,000 levels deep, is refused, and nothing else happens',
    async (method, args) => {
      const answer = await server().execute('deepCall', { method, args, levels: 30_000 })
      expect(answer).toMatchObject({ status: 'SUCCESS', result: 'continued' })
    },
  )

  test.each(['deepValue', 'deepVariables', 'deepOutput', 'deepRow'])(
    'what no SDK sends, a value nested too deep, fails the run: %s',
    async (name) => {
      for (const levels of [66, 5000]) {
        const answer = await server().execute(name, { levels })
        expect(answer.status).toBe('FAILED')
        expect((await server().ended(answer.execution_id)).error).toMatchObject({
          code: 'protocol',
          message: expect.stringContaining('deeper than 64 levels'),
        })
      }
    },
  )

  test('half a line spoils what follows: the run fails, nothing else does', async () => {
    expect((await server().execute('halfLine')).status).toBe('FAILED')
  })

  test('a flood and an endless line end, and the server keeps answering meanwhile', async () => {
    const flooding = [server().execute('floods'), server().execute('endlessLine')]
    for (let n = 0; n < 5; n++) expect((await server().fetch('/api/health')).status).toBe(200)
    const answers = await Promise.all(flooding)
    expect(answers[1]?.status).toMatch(/FAILED|TIMEOUT/)
  })

  test('a run that says forever that it undoes what it did ends when its time is up', async () => {
    expect((await server().execute('undoesForever')).status).toBe('TIMEOUT')
  })

  test('a step whose output is over the limit is not accepted', async () => {
    expect((await server().execute('tooLarge')).status).toBe('FAILED')
  })

  test('an error that the database cannot read does not keep people from looking at the run', async () => {
    const id = await server().run('oddError')
    await server().reaches(id, (status) => status === 'SUSPENDED')
    const { waiting_for } = await server().api(routes.getExecution, { params: { id } })
    expect(waiting_for?.reason).toContain('odd \u2400 \ufffd x')
    await server().api(routes.cancelExecution, { params: { id } })
  })

  test('the end of a run that is not its own is not accepted', async () => {
    expect(await server().execute('endsOthers')).toMatchObject({ status: 'SUCCESS', result: 'own' })
  })

  test('calls with senseless arguments answer like any others', async () => {
    const { status, result } = await server().execute('callsUnknown')
    expect(status).toBe('SUCCESS')
    expect((result as string[]).slice(0, 2)).toEqual(['fallback', 'fallback'])
  })
})

describe('runs that share a process', () => {
  test('one that spins until its limit ends alone when its loop can be broken', async () => {
    const all = await Promise.all([
      server().execute('spins'),
      server().execute('slow'),
      server().execute('slow'),
    ])
    expect(all.map((answer) => answer.status)).toEqual(['TIMEOUT', 'SUCCESS', 'SUCCESS'])
  })

  test('one that cannot be broken takes its process with it; the others say why they failed', async () => {
    const all = await Promise.all([server().execute('spinsInRegExp'), server().execute('slow')])
    expect(all[0]?.status).toBe('TIMEOUT')
    expect(all[1]?.status).toBe('FAILED')
    expect(all[1]?.error?.message).toContain('Another run')
  })

  test('what one run does to the built-in objects does not harm the server', async () => {
    await server().execute('pollutes')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    const stranger = await server().person('developer', await server().organization())
    const theirs = await stranger.api(routes.executeWorkflow, { params: { id: 'clean' }, body: {} })
    expect(theirs.result).toEqual({ polluted: false, list: [1] })
    server().write(
      'shared.ts',
      `import { workflow } from 'bifrost'\nexport const quick = workflow(async () => 'quick')\n`,
    )
    await until('the edit is used', async () => (await server().execute('quick')).result === 'quick')
  })
})

test.runIf(process.platform === 'linux')(
  'a child that is killed from outside fails its run within moments (25)',
  async () => {
    server().write(
      'tells.ts',
      `import { workflow } from 'bifrost'\nexport const tells = workflow(async () => { console.log(process.pid); await new Promise((r) => setTimeout(r, 60_000)) })\n`,
    )
    const id = await server().run('tells')
    await until('it said its pid', async () => (await server().logs(id))[0])
    // Inside a sandbox its own number is another; the outside one is found by its parent.
    const pids = server().childPids()
    expect(pids.length).toBeGreaterThan(0)
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    expect(await server().ended(id)).toMatchObject({ status: 'FAILED', error: { type: 'WorkerLostError' } })
  },
)
