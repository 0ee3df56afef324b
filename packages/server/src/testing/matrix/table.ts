import { type AccountRole, type Route, type RouteName, roleMay, routes } from '@bifrost/contract'
import type { Step } from './walk.ts'
import type { Whose } from './world.ts'

const COLUMNS = ['external', 'member', 'developer', 'org_admin', 'platform_admin'] as const

const HEAD = `# Who may do what

Every route of the [API](api.md), as each role. \`npm run permissions\` calls all of them as everybody, with the things of
everybody, and writes what came of it into this page; a test does the same and compares, so that nothing changes here unnoticed.

| | |
|---|---|
| – | refused |
| yes | the route names nothing that belongs to anybody, or what it names is one's own by its name |
| own | one's own things: runs that one started, tasks that one may work on |
| organisation | also those of others in one's organisation |
| global | also those that belong to all organisations |
| all | also those of other organisations |
| · | decided by something else than the role: the key of an endpoint, the address of a link |

Nobody but an administrator of the platform reaches a thing of another organisation: its id answers 403 or 404, as if there
were none. Who acts for another organisation has there what the role has at home. Without a session or a key, and
with one that is wrong, expired or revoked, every route answers 401 but those whose permission is \`public\`. A key that is
limited to some permissions does nothing else, whatever the role of its owner may; what is made with it ends no later than
it does.
`

/** The page of the documentation that a walk makes. */
export function pageOf(steps: readonly Step[]): string {
  const tags = Map.groupBy(Object.entries(routes) as [RouteName, Route][], ([, route]) => route.tag)
  const sections = [...tags].map(([tag, members]) => {
    const rows = members.map(([name, route]) => {
      const cells = COLUMNS.map((role) =>
        cellOf(steps.filter((step) => step.name === name && step.actor.name === role)),
      )
      return `| \`${route.method} ${route.path}\` | \`${route.permission}\` | ${cells.join(' | ')} |`
    })
    return [
      `## ${tag}`,
      '',
      `| route | permission | ${COLUMNS.map((role) => role.replace('_', ' ')).join(' | ')} |`,
      `|---|---|${COLUMNS.map(() => '---|').join('')}`,
      ...rows,
      '',
    ].join('\n')
  })
  return [HEAD, ...sections].join('\n')
}

function cellOf(steps: readonly Step[]): string {
  const [first] = steps
  if (!first) return '?'
  if (first.fixture.nobody)
    return roleMay(first.actor.name as AccountRole, first.route.permission) ? '·' : '–'
  const may = (whose: Whose) => steps.some((step) => step.whose === whose && step.letIn)
  if (first.fixture.names === 'nothing') return may('own') ? 'yes' : '–'
  if (first.fixture.byName) return may('organisation') ? 'yes' : '–'
  const words: string[] = []
  if (may('organisation')) words.push('organisation')
  else if (may('own')) words.push('own')
  if (may('global')) words.push('global')
  if (may('other')) words.push('all')
  return words.join(', ') || '–'
}
