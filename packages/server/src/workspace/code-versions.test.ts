import { limits } from '@bifrost/contract'
import { afterEach, expect, test } from 'vitest'
import { useEngine } from '../testing/engine.ts'
import { createCodeVersions } from './code-versions.ts'

const under = useEngine()
const max = limits.codeVersionBytesMax
afterEach(() => void Object.assign(limits, { codeVersionBytesMax: max }))

test('versions of one organization that nothing needs go when it keeps too much; those that runs need stay', async () => {
  Object.assign(limits, { codeVersionBytesMax: 10_000 })
  const { db } = under()
  const versions = createCodeVersions(db)
  const put = (owner: string | null, version: string) =>
    versions.put(
      { owner, path: 'inline:code.ts' },
      { version, source: 'x'.repeat(2000), screens: [], sources: {} },
      [],
    )
  const kept = async (owner: string) =>
    (
      await db.query<{ version: string }>(
        'select version from code_versions where owner = $1 order by version',
        [owner],
      )
    ).map(({ version }) => version)

  await put('other', 'other')
  for (const version of ['a1', 'a2', 'a3', 'a4']) await put('acme', version)
  await under().start(await under().organization(), { codeVersion: 'a1' })
  await put('acme', 'a5')
  // The oldest one is needed by a run that waits; of the others, the latest stay.
  expect(await kept('acme')).toEqual(['a1', 'a3', 'a4', 'a5'])
  expect(await kept('other')).toEqual(['other'])

  for (const version of ['a3', 'a4', 'a5'])
    await under().start(await under().organization(), { codeVersion: version })
  await expect(put('acme', 'a6')).rejects.toMatchObject({
    code: 'quota_exceeded',
    details: { limit: 10_000, retry_after_seconds: 60 },
  })
  await expect(put('acme', 'a6')).rejects.toMatchObject({ code: 'quota_exceeded' })
  // One that is there is stored already, and others have room of their own.
  await put('acme', 'a5')
  await put('other', 'other2')
  await put(null, 'everybodys')
})
