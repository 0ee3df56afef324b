import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { residentBytesOfTree } from '../platform/containment/resources.ts'
import { makeDataDir } from '../platform/data-dir.ts'
import { silentLog } from '../platform/log.ts'
import { startIn as startInPool } from '../testing/pool.ts'
import { type ChildHome, makeChildHome } from './child-home.ts'
import { Pool } from './pool.ts'
import { spawnChild } from './spawn-child.ts'

// What one child may use of the machine, with bubblewrap and without.

describe.each([true, false])('bubblewrap: %s', (withSandbox) => {
  let folder: string
  let home: ChildHome
  let pool: Pool
  let isLeftOut = false
  beforeAll(async () => {
    folder = mkdtempSync('/tmp/bifrost-bounds-')
    makeDataDir(folder)
    home = await makeChildHome(folder, { withSandbox })
    isLeftOut = withSandbox && home.containment.sandbox === null
    if (isLeftOut) console.warn('Left out: bubblewrap is missing or not allowed here.')
    pool = new Pool({
      spawn: (index, language) => spawnChild(home, index, language),
      log: silentLog,
      childrenMax: 4,
      idleMs: 60_000,
    })
  })
  afterEach(async ({ skip }) => {
    if (isLeftOut) skip('bubblewrap is missing or not allowed here')
  })
  afterAll(async () => {
    await pool.stop()
    home.leave()
    rmSync(folder, { recursive: true, force: true })
  })
  const run = (source: string) => startInPool(pool, source).outcome
  const tried = async (work: string) => {
    const { value } = await run(
      `async () => { try { return { reached: String(await (async () => { ${work} })()) } } catch (error) { return { code: error.code ?? error.name, message: error.message } } }`,
    )
    return value as { reached?: string; code?: string; message?: string }
  }

  test('one that fills 3 GB is ended and says why, or its allocation fails', async () => {
    const outcome = await run(
      'async () => { const kept = []; for (let n = 0; n < 60; n++) { kept.push(Buffer.alloc(50_000_000, 1)); await new Promise((r) => setTimeout(r, 20)) } return kept.length }',
    )
    expect(outcome.how).not.toBe('done')
    if (outcome.how === 'lost')
      expect(outcome.value).toMatchObject({
        code: 'out_of_memory',
        message: expect.stringContaining('more than 1024 MB of memory'),
      })
  })

  test('one that stays between the limit and what the kernel gives is ended by the watch', async () => {
    const megabytes = limits.childMemoryBytesMax / 1024 / 1024 + 20
    const outcome = await run(
      `async () => { globalThis.kept = Buffer.alloc(${megabytes} * 1024 * 1024, 1); await new Promise(() => {}) }`,
    )
    expect(outcome).toMatchObject({ how: 'lost', value: { code: 'out_of_memory' } })
  })

  test('memory of a child is seen from outside, through the sandbox', async () => {
    const { started } = startInPool(
      pool,
      'async () => { globalThis.kept = Buffer.alloc(200_000_000, 1); await new Promise(() => {}) } /* seen */',
    )
    const child = await started
    await expect
      .poll(() => residentBytesOfTree(child.pid ?? 0), { timeout: 20_000 })
      .toBeGreaterThan(200_000_000)
    child.kill({ code: 'killed', message: 'test' })
  })

  test('a file of 2 GB in the temporary folder ends with an error, or with the process', async () => {
    const { how, value } = await run(
      "async () => { const fs = await import('node:fs'); const fd = fs.openSync(process.env.TMPDIR + '/big', 'w'); const part = Buffer.alloc(16e6, 1); for (let n = 0; n < 125; n++) { fs.writeSync(fd, part); await new Promise((r) => setTimeout(r, 1)) } return 'written' } /* one file */",
    )
    expect(how).toMatch(/failed|lost/)
    expect(JSON.stringify(value)).toMatch(/ENOSPC|EFBIG|temporary folder/)
  })

  test('many files that are too much together end in the same way', async () => {
    const { how, value } = await run(
      "async () => { const fs = await import('node:fs'); const part = Buffer.alloc(16e6, 1); for (let n = 0; n < 60; n++) { fs.writeFileSync(process.env.TMPDIR + '/part' + n, part); await new Promise((r) => setTimeout(r, 20)) } await new Promise((r) => setTimeout(r, 20_000)); return 'written' } /* many files */",
    )
    expect(how).toMatch(/failed|lost/)
    expect(JSON.stringify(value)).toMatch(/ENOSPC|EFBIG|temporary folder/)
  })

  test('open files have a limit', async () => {
    const answer = await tried(
      "const fs = await import('node:fs'); let n = 0; try { for (; n < 30_000; n++) fs.openSync(process.env.TMPDIR + '/f', 'a') } catch (error) { return error.code + ' ' + (n < 4200) }; return n",
    )
    expect(answer).toEqual({ reached: 'EMFILE true' })
  })

  test.each([
    ["(await import('node:child_process')).execFileSync('/bin/true')", 'a program'],
    ["(await import('node:child_process')).fork('/x.js').pid", 'a fork'],
    ["(await import('node:cluster')).default.fork().process.pid", 'a cluster'],
    ["new (await import('node:worker_threads')).Worker('1', { eval: true }).threadId", 'a thread'],
    ["process.execve('/bin/true')", 'another program in its place'],
    ["[...(await import('node:test')).run({ files: ['/x.js'], isolation: 'process' })].length", 'test runs'],
  ])('no %#: nothing else is started', async (expression) => {
    const answer = await tried(`return ${expression}`)
    expect(answer.reached).toBeUndefined()
  })

  test.each([
    "import('node:sqlite')",
    "import('node:ffi')",
    "import('node:wasi')",
    "import('inspector')",
    "(await import('node:module')).createRequire('/x.js')('node:sqlite')",
    "(await import('node:module')).createRequire('/x.js')('sqlite')",
  ])('%s is refused with a sentence', async (expression) => {
    const answer = await tried(`return Object.keys(await ${expression})`)
    if (/'sqlite'/.test(expression)) expect(answer.reached).toBeUndefined()
    else
      expect(answer).toMatchObject({
        code: 'ERR_ACCESS_DENIED',
        message: expect.stringContaining('A workflow cannot use the module'),
      })
  })

  test.each([
    "process.getBuiltinModule('node:sqlite').DatabaseSync.name",
    "process.getBuiltinModule('node:ffi').dlopen.name",
    "(() => { const { WASI } = process.getBuiltinModule('node:wasi'); return new WASI({ version: 'preview1', preopens: { '/': '/' } }) })()",
    "(() => { const { Session } = process.getBuiltinModule('node:inspector'); return new Session().connect() + 'connected' })()",
    "globalThis.localStorage.setItem('a', 'b') + 'kept'",
    "process.report.writeReport('/tmp/report.json')",
    "(await import('node:v8')).writeHeapSnapshot('/tmp/heap')",
    "(await (await import('node:fs')).openAsBlob('/etc/passwd')).text()",
    "process.loadEnvFile('/etc/passwd') + 'loaded'",
    "process.chdir('/') + 'there'",
    "(await import('node:module')).register('data:text/javascript,export async function resolve(){}') + 'registered'",
    "process.binding('fs')",
    "process._linkedBinding('fs')",
    "(await import('node:fs')).statfsSync('/').blocks",
    "(await import('node:fs')).readFileSync('/proc/self/environ', 'utf8')",
    "new (await import('node:net')).default.BoundSocket({ port: 0 })",
  ])('%s reaches nothing', async (expression) => {
    expect(await tried(`return ${expression}`)).not.toHaveProperty('reached')
  })

  test('giving up a permission gives nothing', async () => {
    const answer = await tried(
      "process.permission.drop?.('fs.read'); return (await import('node:fs')).readFileSync('/etc/passwd', 'utf8')",
    )
    expect(answer).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
  })

  test('its folder goes with it', async () => {
    await pool.stop()
    expect(readdirSync(join(home.containment.home)).filter((name) => name.startsWith('tmp-'))).toEqual([])
  })
})
