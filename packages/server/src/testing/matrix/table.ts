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
| organization | also those of others in one's organization |
| global | also those that belong to all organizations |
| all | also those of other organizations |
| · | decided by something else than the role: the key of an endpoint, the address of a link |

A request reaches the things of the organization that it acts for, and no others: the id of another one's thing answers 403 or
404, as if there were none. People act for their own organization; org admins and developers also for those below it, and the
provider's people, guests excepted, for every organization and globally. There they have what their role has at home. The
organizations themselves are managed from above: by the org admins of an organization above them, and by those of the provider,
who may rename, move and deactivate each one. Only platform admins see the things of several organizations in one list.

Without a session or a key, and with one that is wrong, expired or revoked, every route answers 401 but those whose permission
is \`public\`. A key that is limited to some permissions does nothing else, whatever the role of its owner may, and neither do
the runs that it starts, at once or from the queue, nor what they, its events and its schedules start in turn: a run whose code
calls \`config.get\` or \`files.write\` needs a key that has \`config:read\` or \`file:write\` besides \`workflow:run\`. Files that by
their names are run or decide what is run (sources, style sheets, settings, packages) take \`workflow:write\` besides \`file:write\`.
Others take \`file:write\` alone, and code does not import what was written so before a person with \`workflow:write\` saves it. What is
made with a key or a session asks for its rights again at each use, and ends with it: keys, signed addresses, invitations,
exports and open streams. So do the runs that a person started: each call of their code asks for the rights that the person has
now, and is refused when the person was deactivated or may not act there any more, or when the organization was deactivated.
A run that a schedule of a file started has no such person and continues; so does what a schedule of a deactivated person starts
from then on, with the rights of a member.
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
  if (first.fixture.refusesAll)
    return roleMay(first.actor.name as AccountRole, first.route.permission) ? '·' : '–'
  const may = (whose: Whose) => steps.some((step) => step.whose === whose && step.letIn)
  if (first.fixture.names === 'nothing') return may('own') ? 'yes' : '–'
  if (first.fixture.byName) return may('organization') ? 'yes' : '–'
  const words: string[] = []
  if (may('organization')) words.push('organization')
  else if (may('own')) words.push('own')
  if (may('global')) words.push('global')
  if (may('other')) words.push('all')
  return words.join(', ') || '–'
}
