import { expect, test } from 'vitest'
import { InstallLog } from './install-log.ts'

const said = (...chunks: string[]) => {
  const log = new InstallLog('/data/children/packages/a/b.1')
  for (const chunk of chunks) log.add(Buffer.from(chunk))
  return log
}

test('the log has no passwords of indexes, no colors and no folders of this machine', () => {
  const log = said(
    'Looking in indexes: https://reader:secret@packages.example.com/simple\n',
    '\u001b[31mERROR\u001b[0m: bad file /data/children/packages/a/b.1/site/x.py\u0000\n',
  )
  expect(log.text()).toBe(
    'Looking in indexes: https://packages.example.com/simple\nERROR: bad file site/x.py\n',
  )
})

test('the reason begins where the installer says that something is wrong', () => {
  expect(said('Collecting a\n', 'ERROR: no version\nERROR: none at all\n').reason()).toBe(
    'ERROR: no version\nERROR: none at all',
  )
  expect(said('Resolved\n  × No solution found:\n  ╰─▶ Because a was not\n      found, no\n').reason()).toBe(
    '× No solution found:\n╰─▶ Because a was not\nfound, no',
  )
  expect(said('one\ntwo\n').reason()).toBe('one\ntwo')
  expect(said().reason()).toBe('The installer ended without a word.')
})

test('of a long log the last part is kept', () => {
  const log = said(...Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(8000)}\n`), 'the end')
  expect(log.text().length).toBeLessThan(70_000)
  expect(log.text()).toMatch(/^….*the end$/s)
})
