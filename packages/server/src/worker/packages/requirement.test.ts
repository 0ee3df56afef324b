import { expect, test } from 'vitest'
import { projectDependencies } from '../../workspace/builder/python/project-dependencies.ts'
import { requirementLines } from '../../workspace/builder/python/requirements.ts'
import { indexEnvironment, indexFolders, indexRules } from './package-index.ts'
import { problemOfRequirements } from './requirement.ts'

test('lines of requirements.txt are read as pip reads them', () => {
  expect(
    requirementLines(
      '\uFEFF# all\n\nhttpx>=0.27  # http\r\na \\\n  --hash=sha256:1\nb @ https://x.example/b.whl#sha256=1\n',
    ),
  ).toEqual(['httpx>=0.27', 'a    --hash=sha256:1', 'b @ https://x.example/b.whl#sha256=1'])
})

test.each([
  [
    '[project]\ndependencies = ["a>=1", \'b[x]\', # c\n  "d; python_version < \\"3.12\\"",\n]\nname = "n"',
    ['a>=1', 'b[x]', 'd; python_version < "3.12"'],
  ],
  ['[build-system]\ndependencies = ["no"]\n[ project ] # ours\nname = "x"\ndependencies = []\n', []],
  ['[project]\nname = "x"\n[project.optional-dependencies]\ndependencies = ["no"]\n', []],
  ['[tool.x]\ndependencies = ["no"]\n', []],
  ['[project]\ndependencies = ["a"', ['a']],
])('dependencies of a project are found: %#', (text, found) => {
  expect(projectDependencies(text)).toEqual(found)
})

test.each([
  'httpx>=0.27',
  'pydantic[email]==2.*; python_version >= "3.10"',
  'a @ https://x.example/a-1.whl',
  '--index-url https://x.example/simple',
  '--extra-index-url=https://x.example/simple',
  '--pre',
])('%s may be installed', (line) => {
  expect(problemOfRequirements([line])).toBeNull()
})

test.each([
  '-r other.txt',
  '-c /etc/passwd',
  '-e .',
  '--find-links /srv',
  '--index-url file:///srv',
  '--no-binary :all:',
  '--pre --target /usr',
  './package',
  '/srv/package.whl',
  '~/package',
  'a @ file:///srv/a.whl',
  'git+file:///srv/a',
  'x'.repeat(3000),
  'a\nb',
  '# requirements.txt has more than 64 KB',
])('%s may not', (line) => {
  expect(problemOfRequirements(['httpx', line])).toMatch(/\.$/)
})

test('an installer reaches the indexes of the settings wherever they are, and no other private address', () => {
  const index = {
    indexUrl: 'http://reader:secret@10.0.0.7:8080/simple',
    extraIndexUrl: null,
    findLinks: '/srv/wheels https://10.0.0.8/wheels',
    noIndex: false,
  }
  const rules = indexRules(index, [])
  const refusal = (address: string, port: number) => rules.refusal({ host: address, address, port })
  expect([refusal('10.0.0.7', 8080), refusal('10.0.0.8', 443), refusal('1.1.1.1', 443)]).toEqual([
    null,
    null,
    null,
  ])
  for (const [address, port] of [
    ['10.0.0.7', 5432],
    ['10.0.0.8', 80],
    ['127.0.0.1', 8080],
  ] as const)
    expect(refusal(address, port)).toMatch(/\w/)
  expect(indexFolders(index)).toEqual(['/srv/wheels'])
  expect(indexEnvironment(index)).toEqual({
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: index.indexUrl,
    UV_INDEX_URL: index.indexUrl,
    PIP_FIND_LINKS: index.findLinks,
    UV_FIND_LINKS: '/srv/wheels,https://10.0.0.8/wheels',
  })
})
