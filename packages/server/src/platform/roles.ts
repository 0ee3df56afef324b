/** What a process may do. */
export type Role = 'api' | 'worker' | 'scheduler'

/** How a process is started: with one role, or with all. */
export type StartAs = 'start' | Role

export const rolesOf = (as: StartAs): readonly Role[] =>
  as === 'start' ? ['api', 'worker', 'scheduler'] : [as]
