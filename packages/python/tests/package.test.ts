import { execFile, execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../server/src/testing/python.ts'
import { useServer } from '../../server/src/testing/server.ts'

const HERE = import.meta.dirname
const python = await pythonFor('The Python package')
const given = test.runIf(python !== null)

/** Packages are built by setuptools, which not every Python has. */
function hasSetuptools(): boolean {
  try {
    execFileSync(
      python ?? '',
      ['-I', '-c', 'import setuptools; assert int(setuptools.__version__.split(".")[0]) >= 61'],
      {
        stdio: 'pipe',
      },
    )
    return true
  } catch {
    console.log('Building the Python package is left out: this Python has no setuptools of at least 61.')
    return false
  }
}

given('the unit tests of the package hold', () => {
  for (const file of readdirSync(HERE).filter((name) => /^test_.*\.py$/.test(name)))
    execFileSync(python ?? '', ['-B', '-I', join(HERE, file)], { encoding: 'utf8', stdio: 'pipe' })
})

test.runIf(python !== null && hasSetuptools())('a source distribution has every module, and is typed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bifrost-package-'))
  try {
    for (const name of ['src', 'pyproject.toml', 'README.md'])
      cpSync(join(HERE, '..', name), join(folder, name), {
        recursive: true,
        filter: (path) => !/__pycache__|egg-info/.test(path),
      })
    const build = 'import setuptools.build_meta as meta; print(meta.build_sdist("dist"))'
    execFileSync(python ?? '', ['-B', '-c', build], { cwd: folder, stdio: 'pipe' })
    const [archive = ''] = readdirSync(join(folder, 'dist'))
    const packed = execFileSync('tar', ['-tzf', join(folder, 'dist', archive)], { encoding: 'utf8' })
    const names = packed.split('\n').map((line) => line.replace(/^[^/]*\//, ''))
    for (const path of globSync('src/**/*.{py,typed}', { cwd: join(HERE, '..') }))
      expect(names).toContain(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('a program that is no run', () => {
  const server = useServer({
    files: {
      'double.ts':
        "import { workflow } from 'bifrost'\nexport const double = workflow(async (n: number) => ({ twice: n * 2 }))\n",
    },
  })

  /** What a Python program with the package prints as JSON. */
  const program = async (body: string): Promise<unknown> => {
    const lines = body.trim().replaceAll('\n', '\n    ')
    const source = `
import asyncio, json, sys
sys.path.insert(0, ${JSON.stringify(join(HERE, '../src'))})
from bifrost import *
client = BifrostClient(${JSON.stringify(server().url)}, ${JSON.stringify(server().admin.apiKey)})
async def main():
    ${lines}
print(json.dumps(asyncio.run(main())))`
    const { stdout } = await promisify(execFile)(python ?? '', ['-B', '-I', '-c', source])
    return JSON.parse(stdout)
  }

  given('uses the modules with a key, and starts workflows', async () => {
    const found = await program(`
await config.set("region", "eu")
await files.write("a.txt", "ä", location="temp")
await tables.upsert("orders", "A-17", {"total": 9, "status": "open"})
await tables.update("orders", "A-17", {"status": "paid"})
orders = await tables.query("orders", where={"total": {"gte": 5}}, order_by="total")
return [await config.get("region"), await files.read("a.txt", location="temp"), orders.total, orders.documents[0].data,
        await workflows.run("double", {"n": 4}), [one.name for one in await workflows.list()],
        await step("once", lambda: 1), len(await executions.list(workflow_name="double", status="Success"))]`)
    expect(found).toEqual(['eu', 'ä', 1, { total: 9, status: 'paid' }, { twice: 8 }, ['double'], 1, 1])
  })

  given('calls the API, and gets its errors', async () => {
    const found = await program(`
listed = await client.get("/api/workflows", params={"limit": 5})
told = []
for ask in (lambda: client.get("/api/workflows/nothing"), lambda: workflows.execute("nothing"), lambda: files.read("nothing.txt", location="temp"), lambda: screen("a", fields={"a": bool})):
    try:
        await ask()
    except Exception as error:
        told.append([type(error).__name__, isinstance(error, ValueError), isinstance(error, FileNotFoundError)])
return [len(listed["items"]), told]`)
    expect(found).toEqual([
      1,
      [
        ['BifrostError', true, false],
        ['WorkflowNotFoundError', true, false],
        ['BifrostError', false, true],
        ['RuntimeError', false, false],
      ],
    ])
  })
})
