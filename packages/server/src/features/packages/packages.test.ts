import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PythonPackages, routes } from '@bifrost/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findLevel } from '../../platform/containment/level.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'
import { sourcePackage, wheel } from '../../testing/wheel.ts'
import { findInstaller } from '../../worker/packages/installer.ts'
import { findPython } from '../../worker/runtimes/find-python.ts'

const python = await findPython(null)
const installer = 'problem' in python ? python : await findInstaller(python)
const missing = 'problem' in installer ? installer.problem : null
if (missing !== null) console.warn(`Left out, since packages need Python with pip: ${missing}`)

const level = findLevel().name
if (level !== 'wall')
  console.warn('Left out where the isolation is not "wall": packages are not built there.')

// Wheels of the test, and no index: nothing of this needs the internet.
const wheels = mkdtempSync(join(tmpdir(), 'bifrost-wheels-'))
chmodSync(wheels, 0o755)
const offer = ([file, content]: [string, Buffer]) =>
  writeFileSync(join(wheels, file), content, { mode: 0o644 })
for (const version of ['1.0', '2.0']) offer(wheel('greets', version, `VERSION = "${version}"\n`))
offer(wheel('shared_words', '1.0', 'WORD = "everybody"\n'))
afterAll(() => rmSync(wheels, { recursive: true, force: true }))

const WORKFLOW = (name: string, body: string) =>
  `from bifrost import workflow\n\n\n@workflow\nasync def ${name}():\n${body.replaceAll(/^/gm, '    ')}\n`
const VERSION = 'import greets\nfrom shared_words import WORD\nreturn f"{greets.VERSION} {WORD}"'

const server = useServer({
  config: { pipFindLinks: wheels, pipNoIndex: true },
  files: {
    'requirements.txt': '# for everybody\nshared_words==1.0  # words\n',
    'word.py': WORKFLOW('word', 'from shared_words import WORD\nreturn WORD'),
    'plain.py': WORKFLOW('plain', 'import json\nreturn json.loads("1")'),
    'organizations/acme/requirements.txt': 'greets==1.0\n',
    'organizations/acme/which.py': WORKFLOW('which', VERSION),
    'organizations/beta/pyproject.toml':
      '[project]\nname = "beta"\ndependencies = [\n  "greets>=2", # newer\n]\n',
    'organizations/beta/which.py': WORKFLOW('which', VERSION),
  },
})

let acme: TestPerson
let beta: TestPerson
beforeAll(async () => {
  const [a, b] = await Promise.all(['Acme', 'Beta'].map((name) => server().organization(name)))
  acme = await server().person('developer', a)
  beta = await server().person('developer', b)
})

const run = (person: TestPerson, id: string) =>
  person.api(routes.executeWorkflow, { params: { id }, body: {} })
const errorOf = async (person: TestPerson, id: string) => {
  const { execution_id } = await run(person, id)
  return (await person.api(routes.getExecution, { params: { id: execution_id } })).error?.message ?? ''
}
const packagesOf = async (person: TestPerson) => (await person.api(routes.listPythonPackages, {})).items
const own = (items: readonly PythonPackages[], { orgId }: TestPerson) =>
  items.find((one) => one.org_id === orgId)
const save = async (person: TestPerson, path: string, content: string) =>
  person.api(routes.writeFile, { body: { path, content, force: true } })

describe.skipIf(missing !== null)('Python packages', () => {
  test('are installed for everybody', async () => {
    expect(await run(server().admin, 'word')).toMatchObject({ status: 'SUCCESS', result: 'everybody' })
  })

  test('of two organizations may be different versions, each with those of everybody', async () => {
    const [first, second] = await Promise.all([run(acme, 'which'), run(beta, 'which')])
    expect([first.result, second.result]).toEqual(['1.0 everybody', '2.0 everybody'])
  })

  test('are shown with their state, to those who have them and no others', async () => {
    const items = await until('they are ready', async () => {
      const found = await packagesOf(acme)
      return found.length === 2 && found.every((one) => one.status === 'ready') ? found : null
    })
    expect(items).toMatchObject([
      { org_id: null, requirements: ['shared_words==1.0'], error: null, log: '', can_retry: false },
      { org_id: acme.orgId, requirements: ['shared_words==1.0', 'greets==1.0'], error: null },
    ])
    expect(items[1]?.log).toMatch(/installed 2 packages|Successfully installed/i)
    expect((await packagesOf(beta)).map((one) => one.org_id)).toEqual([null, beta.orgId])
  })

  test('that are other ones after a change are there for the next run', async () => {
    await save(acme, 'organizations/acme/requirements.txt', 'greets==2.0\n')
    expect((await run(acme, 'which')).result).toBe('2.0 everybody')
    await save(acme, 'organizations/acme/requirements.txt', 'greets==1.0\n')
    expect((await run(acme, 'which')).result).toBe('1.0 everybody')
  })

  test('that an organization does not add to are those of everybody, in one place', async () => {
    await save(acme, 'organizations/acme/requirements.txt', '# none of our own\n')
    expect(await errorOf(acme, 'which')).toContain("No module named 'greets'")
    const items = await until('it is ready', async () => {
      const found = await packagesOf(acme)
      return own(found, acme)?.status === 'ready' ? found : null
    })
    expect(own(items, acme)).toMatchObject({ requirements: ['shared_words==1.0'], log: '' })
  })

  test('that cannot be installed fail the runs that need them, with the words of the installer', async () => {
    await save(acme, 'organizations/acme/requirements.txt', 'no_such_package==1.0\n')
    expect(await errorOf(acme, 'which')).toMatch(
      /^The Python packages of requirements\.txt or pyproject\.toml could not be installed\.\n.*no[_-]such[_-]package/s,
    )
    const failed = await until('it is said', async () => {
      const found = own(await packagesOf(acme), acme)
      return found?.status === 'failed' ? found : null
    })
    expect(failed).toMatchObject({ can_retry: true, error: expect.stringMatching(/no[_-]such[_-]package/) })
    expect(JSON.stringify(failed)).not.toContain(server().config.dataDir)
    // Others, and code that needs no packages, are not affected.
    expect((await run(beta, 'which')).result).toBe('2.0 everybody')
    expect((await run(acme, 'plain')).result).toBe(1)
    // What is another organization's cannot be retried.
    await beta.api(routes.retryPythonPackages, { body: {} })
    expect(own(await packagesOf(acme), acme)?.status).toBe('failed')

    offer(wheel('no_such_package', '1.0', ''))
    await acme.api(routes.retryPythonPackages, { body: {} })
    await until('it is installed', async () => own(await packagesOf(acme), acme)?.status === 'ready')
    expect(await errorOf(acme, 'which')).toContain("No module named 'greets'")
  })

  test('that are listed no more are not shown', async () => {
    const before = await packagesOf(server().admin)
    expect(before.map((one) => one.org_id)).toEqual([null])
    await save(server().admin, 'requirements.txt', '')
    await server().admin.api(routes.deleteFile, { body: { path: 'requirements.txt' } })
    await until('they are gone', async () => (await packagesOf(server().admin)).length === 0)
    await save(server().admin, 'requirements.txt', 'shared_words==1.0')
    expect((await run(server().admin, 'word')).result).toBe('everybody')
  })

  test('may not be paths of the server', async () => {
    await save(acme, 'organizations/acme/requirements.txt', '-r /etc/passwd\n')
    expect(await errorOf(acme, 'which')).toContain('"-r /etc/passwd" is not supported')
  })

  test.skipIf(level !== 'wall')(
    'that are built see neither other files nor the environment of the server, and reach no private address',
    async () => {
      server().write('private.txt', 'of the workspace')
      const { dataDir, workspaceDir } = server().config
      const { port } = new URL(server().url)
      offer(
        sourcePackage(
          'looks',
          '1.0',
          `
import socket, urllib.request

def attempt(what):
    try:
        return str(what())
    except OSError as error:
        return str(error)

def built():
    return {
        "own folder": attempt(lambda: open(os.path.join(os.environ["TMPDIR"], "a"), "w").write("x")),
        "workspace": attempt(lambda: open(${JSON.stringify(join(workspaceDir, 'private.txt'))}).read()),
        "data": attempt(lambda: os.listdir(${JSON.stringify(dataDir)})),
        "other packages": attempt(lambda: [len(os.listdir(os.environ["TMPDIR"] + up)) for up in ("/../..", "/../../..")]),
        "outside": attempt(lambda: open("/usr/lib/written", "w")),
        "server": attempt(lambda: socket.create_connection(("127.0.0.1", ${port}), 2)),
        "proxied": attempt(lambda: urllib.request.urlopen("http://127.0.0.1:${port}/api/health", timeout=5)),
        "environment": sorted(os.environ),
    }
`,
        ),
      )
      await save(acme, 'organizations/acme/requirements.txt', 'looks==1.0\n')
      await save(acme, 'organizations/acme/looked.py', WORKFLOW('looked', 'import looks\nreturn looks.SAYS'))
      const { result } = await run(acme, 'looked')
      const { environment, ...found } = result as { environment: string[] }
      expect(found).toMatchObject({
        'own folder': '1',
        workspace: expect.stringContaining('No such file'),
        data: expect.stringMatching(/No such file|\['children'\]/),
        'other packages': '[1, 1]',
        outside: expect.stringContaining('Read-only file system'),
        server: expect.stringContaining('refused'),
        proxied: expect.stringContaining('403'),
      })
      expect(environment.filter((name) => /DATABASE|BIFROST|SECRET/.test(name))).toEqual([])
    },
  )
})
