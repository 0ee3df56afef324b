import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'
import { useSink } from '../../testing/sink.ts'

// What undoes a step may use all that a step may use, however the run ends.

const files = {
  'undoes.ts': `import { config, context, events, files, http, logger, sleep, step, tables, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))
const act = async (url: string, of: string) => {
  await http.post(url + '/http')
  await fetch(url + '/fetch', { signal: context.signal })
  await tables.insert('undone', { of })
  await config.set('undone.' + of, of)
  await events.emit('undone/run', { of })
  await files.write('undone-' + of + '.txt', of, { location: 'temp' })
  await pause(5)
  logger.info(context.signal.aborted ? 'aborted' : 'undone')
}
export const prepare = workflow(async () => { await tables.create('undone') })
const book = (url: string, of: string) => step('book', { undo: () => act(url, of) }, () => of)
export const asleep = workflow(async (url: string) => { await book(url, 'asleep'); await sleep('1h') })
export const running = workflow(async (url: string) => { await book(url, 'running'); await fetch(url + '/begun'); await pause(60_000) })
export const timesOut = workflow({ timeoutSeconds: 1 }, async (url: string) => { await book(url, 'timesOut'); await pause(60_000) })
export const fails = workflow(async (url: string) => { await book(url, 'fails'); throw new Error('as meant') })
export const leaves = workflow(async (url: string) => {
  await step('book', { undo: async () => { setInterval(() => void fetch(url + '/late').catch(() => {}), 5); await fetch(url + '/undone') } }, () => 1)
  await fetch(url + '/begun')
  await pause(60_000)
})
`,
}

const sink = useSink()
const { count } = sink

describe('what undoes a step acts outside and through the platform', () => {
  const server = useServer({ files, config: { egressAllow: ['127.0.0.1'] } })
  const cancel = (id: string) => server().api(routes.cancelExecution, { params: { id } })
  const undone = async (id: string, name: string, status: string) => {
    expect(await server().ended(id)).toMatchObject({ status })
    expect((await server().logs(id)).map((line) => line.message)).toEqual(['undone'])
    expect(count(`/${name}/http`)).toBe(1)
    expect(count(`/${name}/fetch`)).toBe(1)
  }

  test('of a run that is cancelled asleep', async () => {
    expect(await server().execute('prepare')).toMatchObject({ status: 'SUCCESS' })
    const id = await server().run('asleep', { url: `${sink.base}/asleep` })
    await server().reaches(id, (status) => status === 'SUSPENDED')
    await cancel(id)
    await undone(id, 'asleep', 'CANCELLED')
  })

  test('of a run that is cancelled at work', async () => {
    const id = await server().run('running', { url: `${sink.base}/running` })
    await until('it works', () => count('/running/begun') === 1)
    await cancel(id)
    await undone(id, 'running', 'CANCELLED')
  })

  test('of a run whose time is up', async () => {
    const id = await server().run('timesOut', { url: `${sink.base}/timesOut` })
    await undone(id, 'timesOut', 'TIMEOUT')
  })

  test('of a run that fails', async () => {
    const id = await server().run('fails', { url: `${sink.base}/fails` })
    await undone(id, 'fails', 'FAILED')
  })

  test('and its own end is the end', async () => {
    const id = await server().run('leaves', { url: `${sink.base}/leaves` })
    await until('it works', () => count('/leaves/begun') === 1)
    await cancel(id)
    expect(await server().ended(id)).toMatchObject({ status: 'CANCELLED' })
    expect(count('/leaves/undone')).toBe(1)
    const before = count('/leaves/late')
    for (let run = 0; run < 3; run++) {
      const other = await server().run('fails', { url: `${sink.base}/other-${run}` })
      await undone(other, `other-${run}`, 'FAILED')
    }
    expect(count('/leaves/late')).toBe(before)
  })
})
