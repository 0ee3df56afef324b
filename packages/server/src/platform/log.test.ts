import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog } from './log.ts'

const written = (isTTY: boolean, forPeople?: boolean): string => {
  let text = ''
  const stream = Object.assign(
    new Writable({
      write(part, _encoding, done) {
        text += String(part)
        done()
      },
    }),
    { isTTY },
  ) as unknown as NodeJS.WriteStream
  createLog('info', stream, forPeople).warn({ port: 1 }, 'said')
  return text
}

test('the log is lines for people at a terminal and where they are asked for, and JSON elsewhere', () => {
  for (const text of [written(true), written(false, true)])
    expect(text).toMatch(/^\S*\d\d:\d\d:\d\d.* said port=1\n$/)
  expect(JSON.parse(written(false))).toMatchObject({ msg: 'said', port: 1 })
})
