import { type AccountRole, type Route, type RouteName, roleMay, routes } from '@bifrost/contract'
import type { Step } from './walk.ts'
import type { Whose } from './world.ts'

const COLUMNS = ['external', 'member', 'developer', 'org_admin', 'platform_admin'] as const

const HEAD = `# Who may do what

Every route of the [API](api.md), as each role. \`npm run permissions\` calls each of them as each role, on items of each
owner, and writes the results into this page; a test does the same and compares, so that no permission changes unnoticed.

| | |
|---|---|
| – | refused |
| yes | the route names no item of an owner, or only the caller's own |
| own | the caller's own items: runs that they started, tasks that they may work on |
| organization | also those of others in the caller's organization |
| global | also those that belong to all organizations |
| all | also those of other organizations |
| · | not decided by the role: the key of an endpoint, the address of a link |

A request reaches only items of the organization that it acts for: the ID of another organization's item answers 403 or 404, as
if the item did not exist. People act for their own organization; org admins and developers also for those below it, and the
provider's people, guests excepted, for every organization and globally. There they have the permissions of their role.
Organizations are managed from above: by the org admins of an organization above them, and by those of the provider,
who may rename, move and deactivate each one. Only platform admins see items of several organizations in one list.

Without a session or a key, and with one that is wrong, expired or revoked, every route answers 401, except those whose permission
is \`public\`. A key that is limited to some permissions has no others, regardless of its owner's role. The same limit applies
to the runs that it starts, and to runs that those runs, its events and its schedules start: a run whose code
calls \`config.get\` or \`files.write\` needs a key that has \`config:read\` or \`file:write\` besides \`workflow:run\`. Files that are
run or decide what is run, judged by their names (sources, style sheets, settings, packages), require \`workflow:write\` besides \`file:write\`.
Others take \`file:write\` alone, and code does not import what was written so before a person with \`workflow:write\` saves it. Items
that are created with a key or a session check its rights at each use, and end with it: keys, signed addresses, invitations,
exports and open streams. The same is true for runs that a person started: each call of their code checks the person's current
rights, and is refused when the person was deactivated or may no longer act there, or when the organization was deactivated.
A run that a file's schedule started has no such person and continues; so do runs that a deactivated person's schedule starts from
then on, with the rights of a member.
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
