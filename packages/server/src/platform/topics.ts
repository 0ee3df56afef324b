import type { Role } from './roles.ts'

const roles = (...wantedBy: Role[]) => ({ of: null, wantedBy })
/** One topic for each row of a kind; its id follows the name. */
const each = <Of extends string>(of: Of, ...wantedBy: Role[]) => ({ of, wantedBy })
const everyRole = () => roles('api', 'worker', 'scheduler')

/** Everything that can be published, and the process roles that listen to it. No other topic compiles. */
export const topics = {
  /** Someone's rights changed: cached credentials no longer count. */
  accounts: everyRole(),
  /** Who may use a workflow changed. */
  access: everyRole(),
  /** An organization may use more or less. */
  quotas: everyRole(),
  /** Other private addresses may be reached. */
  egress: everyRole(),
  /** Organizations were made, moved or deleted. */
  organizations: roles('api'),
  /** Live work arrived. */
  queue: roles('worker'),
  /** Runs have to be cancelled. */
  cancel: roles('worker'),
  /** A wait of this run was answered. */
  woken: each('execution', 'worker'),
  /** A run or its log changed. */
  execution: each('execution', 'api'),
  /** Runs ended that another run waits for. */
  run_ends: roles('scheduler'),
  /** Something was planned for later. */
  due: roles('scheduler'),
  /** Schedules changed, in files or by hand. */
  schedules: roles('scheduler'),
  /** There is an email to send. */
  mail: roles('scheduler'),
  /** Tasks changed; emails may follow. */
  tasks: roles('scheduler'),
  /** Other workflows, or other code. */
  workspace: roles('worker', 'scheduler'),
  /** Other Python packages are wanted. */
  packages: roles('worker'),
  /** A run needs code that was never built. */
  bundle: roles('api'),
} as const satisfies Record<string, { of: string | null; wantedBy: readonly Role[] }>

type Topics = typeof topics
export type TopicName = keyof Topics

/** A topic as it is published: its name, and the id where there is one topic for each row. */
export type Topic = { [N in TopicName]: Topics[N]['of'] extends null ? N : `${N}:${string}` }[TopicName]

/** The roles that listen to a topic. */
export const wantedBy = (topic: Topic): readonly Role[] =>
  topics[topic.split(':', 1)[0] as TopicName].wantedBy
