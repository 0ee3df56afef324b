import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { withProcesses } from '../../server/src/testing/processes.ts'

const bin = fileURLToPath(new URL('../bin/bifrost.mjs', import.meta.url))

interface Finding {
  name: string
  status: string
  text: string
}

test('before the first administrator a healthy server is no failure, and the settings are said to be of the shell', () =>
  withProcesses({}, async (processes) => {
    const noAdmin = { BIFROST_ADMIN_EMAIL: '', BIFROST_ADMIN_PASSWORD: '', BIFROST_ADMIN_API_KEY: '' }
    const api = await processes.start('api', noAdmin)
    const doctor = async (...args: string[]) => {
      const env = {
        PATH: process.env['PATH'],
        BIFROST_DATA_DIR: `${processes.folder}/data`,
        BIFROST_URL: api.url,
      }
      const running = promisify(execFile)(process.execPath, ['--no-warnings', bin, 'doctor', ...args], {
        env,
      })
      // Other findings are of this machine, and may make it end with 1.
      return running.catch((error: { stdout: string }) => error).then(({ stdout }) => stdout)
    }
    const { findings } = JSON.parse(await doctor('--json')) as { findings: Finding[] }
    expect(findings.find(({ name }) => name === 'Server')).toMatchObject({
      status: 'ok',
      text: expect.stringContaining('waits for its first administrator'),
    })
    expect(await doctor()).toContain('Settings of this shell')
  }))
