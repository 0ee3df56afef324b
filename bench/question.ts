import type { Row } from './figures.ts'
import type { Peers } from './peers.ts'
import type { Platform } from './platform.ts'
import type { Place, Postgres } from './postgres.ts'

/** What a question may use. */
export interface Bench {
  /** Small numbers, to see that the bench works; its figures are not for quoting. */
  quick: boolean
  /** A folder that is removed afterwards. */
  scratch: string
  postgres: Postgres
  peers: Peers
  /** The platform that questions share, on the PostgreSQL of the peers; started when the first question asks. */
  platform(): Promise<Platform>
  /** Its database, to look at and to fill. */
  database(): Promise<Place>
}

export interface Answer {
  rows: Row[]
  notes: string[]
}

/** One question of the benchmarks, in a file of its own. */
export interface Question {
  /** For `--only`. */
  name: string
  title: string
  measure(bench: Bench): Promise<Answer>
}
