import { get, type IncomingMessage } from 'node:http'
import { percentile } from './figures.ts'
import type { Platform } from './platform.ts'
import type { Question } from './question.ts'

export const logLatency: Question = {
  name: 'log-latency',
  title: 'A log line, from user code to a client of the event stream',
  async measure(bench) {
    const platform = await bench.platform()
    await follow(platform, 50, 5)
    const alone = await follow(platform, bench.quick ? 100 : 500, 10)
    const busy = await follow(platform, bench.quick ? 500 : 5_000, 0)
    const goal = { goal: 30, floor: { value: 150, why: 'fixed' } }
    const row = (label: string, value: number) => ({
      label,
      unit: 'ms' as const,
      better: 'lower' as const,
      cells: { bifrost: value },
    })
    return {
      rows: [
        row('a line every 10 ms, p50', percentile(alone, 50)),
        { ...row('a line every 10 ms, p95', percentile(alone, 95)), ...goal },
        row('a line every millisecond or so, p50', percentile(busy, 50)),
        { ...row('a line every millisecond or so, p95', percentile(busy, 95)), ...goal },
      ],
      notes: ['the line carries the monotonic clock, which both processes share'],
    }
  },
}

/** Starts a run, follows its stream to the end; milliseconds of each line that was written while the stream was open. */
async function follow(platform: Platform, lines: number, pauseMs: number): Promise<number[]> {
  const { execution_id } = await platform.api<{ execution_id: string }>('POST', '/api/workflows/chatty/run', {
    input: { lines, pauseMs },
  })
  const stream = await open(platform, `/api/executions/${execution_id}/stream`)
  const openedAt = process.hrtime.bigint()
  const times: number[] = []
  let rest = ''
  for await (const chunk of stream) {
    const now = process.hrtime.bigint()
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      if (/^event: ?end$/m.test(block)) return enough(times, lines)
      const data = /^event: ?log$/m.test(block) ? /^data: ?(.*)$/m.exec(block)?.[1] : undefined
      if (data === undefined) continue
      const { message } = JSON.parse(data) as { message: string }
      if (!/^\d+$/.test(message)) continue
      const writtenAt = BigInt(message)
      if (writtenAt > openedAt) times.push(Number(now - writtenAt) / 1e6)
    }
  }
  throw new Error('The stream closed without its end event.')
}

function enough(times: number[], lines: number): number[] {
  if (times.length < lines / 2)
    throw new Error(`Only ${times.length} of ${lines} lines came over the stream.`)
  return times
}

function open(platform: Platform, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${platform.apiKey}`, accept: 'text/event-stream' }
    const request = get(platform.url + path, { headers }, (response) => {
      response.setEncoding('utf8')
      if (response.statusCode === 200) resolve(response)
      else reject(new Error(`The stream answered ${response.statusCode}.`))
    })
    request.setNoDelay(true)
    request.on('error', reject)
  })
}
