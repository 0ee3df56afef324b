import type { ErrorCode, Route, RouteArguments, RouteName, routes } from '@bifrost/contract'
import type { FixtureRows } from './fixture-rows.ts'

/**
 * How the matrix calls a route. `call` makes what it names (a run, a task …) in the organization that it is given, again
 * at every call, so that one that deletes finds something to delete.
 * @example getTask: { names: 'own', call: async (the) => ({ params: { id: await the.task() } }) }
 */
export interface Fixture<R extends Route = Route> {
  /**
   * What the ids and names of the call stand for. `nothing`: it names nothing that belongs to anybody. `own`: things that
   * belong to one organization each. `shared`: things that belong to one organization, or to all.
   */
  names: 'nothing' | 'own' | 'shared'
  call(the: FixtureRows): Call<R> | Promise<Call<R>>
  /** Errors that only those get who were let in, such as `conflict` where the thing is in no state for it. */
  passes?: readonly ErrorCode[]
  /** How it refuses what is another organization's, beside 403 and 404: as a field of the body that names nothing. */
  refusedWith?: readonly ErrorCode[]
  /** A person has to have signed in for it: a session calls it instead of a key. */
  by?: 'session'
  /** It undoes what other calls need. */
  isLast?: boolean
  /** Why this call is refused to all, when that is so; the route has tests of its own. */
  refusesAll?: string
  /** It names things by a name that each organization gives by itself: with another's name one means one's own. */
  byName?: boolean
}

export type Call<R extends Route = Route> = (keyof RouteArguments<R> extends never
  ? unknown
  : RouteArguments<R>) & {
  /** Of an upload. */
  bytes?: string
  headers?: Record<string, string>
}

/** One for every route: a new route without one is an error of types. */
export type Fixtures = { [Name in RouteName]: Fixture<(typeof routes)[Name]> }
/** Those of one area. */
export type SomeFixtures = Partial<Fixtures>
