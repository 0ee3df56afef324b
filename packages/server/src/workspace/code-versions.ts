import { limits } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { Database } from '../platform/database.ts'
import type { Bundle, Executable } from './types.ts'

/** Whether code makes durable calls, so that a run of it goes on by replay after a crash. */
export const isDurable = (source: string): boolean =>
  /\("(step|sleep|sleepUntil|screen|graph|waitForEvent|cursor)"\)/.test(source) ||
  (/\("workflows"\)/.test(source) && /\.(run|startMany)\(/.test(source))

/** The code of one version and how to call what it exports. */
export interface CodeVersion {
  version: string
  path: string
  source: string
  executables: Executable[]
}

/** Bundles by their content hash, in the database, so that every worker has them and no edit takes them away. */
export interface CodeVersions {
  get(version: string): CodeVersion | Promise<CodeVersion | null>
  put(
    path: string,
    bundle: Pick<Bundle, 'version' | 'source' | 'screens'>,
    executables: Executable[],
  ): Promise<CodeVersion>
  /** The script of a React component that a screen of this version shows. */
  screen(version: string, path: string): Promise<string | null>
  /**
   * Deletes versions that no workflow and no run has needed for a month; one that sleeps is in no queue, and needs its
   * own. Until then a run that has ended can be forked. Inline code is sent anew each time, and kept for a day.
   */
  prune(): Promise<number>
}

/** Under which path inline code is kept. */
export const INLINE_PATH = 'code.ts'

const CACHE_BYTES_MAX = 64 * 1024 * 1024

export function createCodeVersions(db: Database): CodeVersions {
  const cache = new LRUCache<string, CodeVersion>({
    maxSize: CACHE_BYTES_MAX,
    sizeCalculation: (code) => code.source.length + 1000,
  })
  return {
    get(version) {
      return (
        cache.get(version) ??
        db
          .query<CodeVersion & Record<string, unknown>>(
            'select version, path, source, executables from code_versions where version = $1',
            [version],
          )
          .then(([row]) => {
            if (row) cache.set(version, row)
            return row ?? null
          })
      )
    },
    async put(path, { version, source, screens }, executables) {
      // Of the same code an analysis that finds less is one of a file that was saved anew meanwhile: a run that waits on
      // this version must still find its function.
      const [stored] = await db.query<{ executables: Executable[] }>(
        `with code as (
           insert into code_versions as c (version, path, source, executables) values ($1, $2, $3, $4)
           on conflict (version) do update set path = excluded.path, needed_at = now(),
             executables = case when exists (
               select from json_array_elements(c.executables) o where not exists (
                 select from json_array_elements(excluded.executables) n where n ->> 'name' = o ->> 'name')
             ) then c.executables else excluded.executables end
           returning executables
         ), shown as (
           insert into code_screens (version, path, source) select $1, * from unnest($5::text[], $6::text[])
           on conflict do nothing
         )
         select executables from code`,
        [
          version,
          path,
          source,
          JSON.stringify(executables),
          screens.map((screen) => screen.path),
          screens.map((screen) => screen.source),
        ],
      )
      const code = { version, path, source, executables: stored?.executables ?? executables }
      cache.set(version, code)
      return code
    },
    async screen(version, path) {
      const [row] = await db.query<{ source: string }>(
        'select source from code_screens where version = $1 and path = $2',
        [version, path],
      )
      return row?.source ?? null
    },
    async prune() {
      await db.query(
        `update code_versions c set needed_at = now()
         where exists (select from workflows w where w.code_version = c.version)
           or exists (
             select from executions e where (e.code_version = c.version or e.original_version = c.version)
               and e.id in (select execution_id from queue union all select execution_id from waits)
           )`,
      )
      const rows = await db.query(
        `delete from code_versions
         where needed_at < now() - make_interval(days => case when path = $1 then 1 else $2 end) returning version`,
        [INLINE_PATH, limits.codeVersionDaysMax],
      )
      return rows.length
    },
  }
}
