import { AppError, type Language, limits } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { Database } from '../platform/database.ts'
import type { Bundle, Executable } from './types.ts'

/** Whether code makes durable calls, so that a run of it recovers by replay after a crash. */
export const isDurable = (source: string): boolean =>
  isPythonSource(source) ? source.startsWith(`${PYTHON_SOURCE},"durable":true`) : hasDurableCalls(source)

const PYTHON_SOURCE = '{"language":"python"'

/** A code version of Python, and not an ES module. */
const isPythonSource = (source: string): boolean => source.startsWith(PYTHON_SOURCE)

const PACKAGES_BEFORE = new RegExp(`^${PYTHON_SOURCE},"durable":(true|false),"packages":`)

/** The packages that the code may import, one requirement each; null when it needs none. */
export function packagesOf(source: string): readonly string[] | null {
  const start = PACKAGES_BEFORE.exec(source.slice(0, 100))?.[0].length
  if (start === undefined) return null
  // No member of a list is followed by a colon, so that this is its end: the code, which may have megabytes, is not read.
  return JSON.parse(source.slice(start, source.indexOf(',"entry":', start))) as string[]
}

const hasDurableCalls = (source: string): boolean =>
  /\("(step|sleep|sleepUntil|screen|graph|waitForEvent|cursor)"\)/.test(source) ||
  (/\("workflows"\)/.test(source) && /\.(run|startMany)\(/.test(source))

/** The code of one version and how to call what it exports. */
export interface CodeVersion {
  version: string
  path: string
  /** Whose files it is made of: an organization's, by its slug; null: everybody's. */
  owner: string | null
  source: string
  executables: Executable[]
}

/** Bundles by their content hash, in the database, so that every worker has them and no edit takes them away. */
export interface CodeVersions {
  get(version: string): CodeVersion | Promise<CodeVersion | null>
  /** Refuses with `quota_exceeded` when those that runs and workflows of the owner need are too large together. */
  put(
    of: { owner: string | null; path: string },
    bundle: Pick<Bundle, 'version' | 'source' | 'screens' | 'sources'>,
    executables: Executable[],
  ): Promise<CodeVersion>
  /** The script of a React component that a screen of this version shows. */
  screen(version: string, path: string): Promise<string | null>
  /** The text of an author's file that the version was made of; null when it was not kept. */
  sourceFile(version: string, path: string): Promise<string | null>
  /**
   * Deletes versions that no workflow and no run has needed for a month; one that sleeps is in no queue, and needs its
   * own. Until then a run that has ended can be forked. Inline code is sent again each time, and kept for a day.
   */
  prune(): Promise<number>
}

/** Under which paths inline code is kept; no file of a workspace has such a name. */
const INLINE_PATHS = { typescript: 'inline:code.ts', python: 'inline:code.py' } satisfies Record<
  Language,
  string
>

export const inlinePath = (language: Language = 'typescript'): string => INLINE_PATHS[language]

export const isInlinePath = (path: string): boolean => Object.values<string>(INLINE_PATHS).includes(path)

const CACHE_BYTES_MAX = 64 * 1024 * 1024

export function createCodeVersions(db: Database): CodeVersions {
  const cache = new LRUCache<string, CodeVersion>({
    maxSize: CACHE_BYTES_MAX,
    sizeCalculation: (code) => code.source.length + 1000,
  })
  const full: Full = new LRUCache({ max: OWNERS_MAX, ttl: FULL_MS })
  return {
    get(version) {
      return (
        cache.get(version) ??
        db
          .query<CodeVersion>(
            'select version, path, owner, source, executables from code_versions where version = $1',
            [version],
          )
          .then(([row]) => {
            if (row) cache.set(version, row)
            return row ?? null
          })
      )
    },
    async put({ owner, path }, { version, source, screens, sources }, executables) {
      const texts = [source, JSON.stringify(sources), ...screens.map((screen) => screen.source)]
      const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
      if (owner !== null) await makeRoom(db, full, { owner, version, bytes })
      // Of the same code an analysis that finds less is one of a file that was saved again meanwhile: a run that waits on
      // this version must still find its function.
      const [stored] = await db.query<{ executables: Executable[] }>(
        `with code as (
           insert into code_versions as c (version, path, source, executables, sources, owner, bytes)
           values ($1, $2, $3, $4, $7, $8, $9)
           on conflict (version) do update set path = excluded.path, needed_at = now(),
             sources = coalesce(c.sources, excluded.sources),
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
          JSON.stringify(sources),
          owner,
          bytes,
        ],
      )
      const code = { version, path, owner, source, executables: stored?.executables ?? executables }
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
    async sourceFile(version, path) {
      const [row] = await db.query<{ text: string | null }>(
        'select sources ->> $2 as text from code_versions where version = $1',
        [version, path],
      )
      return row?.text ?? null
    },
    async prune() {
      await db.query(`update code_versions c set needed_at = now() where ${IS_NEEDED}`)
      const rows = await db.query(
        `delete from code_versions
         where needed_at < now() - make_interval(days => case when path = any($1) then 1 else $2 end) returning version`,
        [Object.values(INLINE_PATHS), limits.codeVersionDaysMax],
      )
      return rows.length
    },
  }
}

/** A workflow has it, or a run that has not ended. */
const IS_NEEDED = `(exists (select from workflows w where w.code_version = c.version)
  or exists (
    select from executions e where (e.code_version = c.version or e.original_version = c.version)
      and e.id in (select execution_id from queue union all select execution_id from waits)
  ))`

/** Before the last of what it may keep is used, what is not needed is deleted, the longest unused first, down to this part. */
const KEPT_PART = 0.5
/** Where nothing could be deleted, the next look waits this long: looking costs, and callers can cause it at will. */
const FULL_MS = 10_000
const OWNERS_MAX = 10_000

type Full = LRUCache<string, true>

async function makeRoom(
  db: Database,
  full: Full,
  { owner, version, bytes }: { owner: string; version: string; bytes: number },
): Promise<void> {
  const max = limits.codeVersionBytesMax
  const used = async () => {
    const [row] = await db.query<{ bytes: number; known: boolean }>(
      `select coalesce(sum(bytes), 0)::float8 as bytes, coalesce(bool_or(version = $2), false) as known
       from code_versions where owner = $1`,
      [owner, version],
    )
    return row === undefined || row.known ? 0 : row.bytes
  }
  if ((await used()) + bytes <= max) return
  if (full.has(owner)) throw tooLarge(max)
  await db.query(
    `delete from code_versions c using (
       select version, sum(bytes) over (order by needed_at desc, version) as newer from code_versions where owner = $1
     ) kept
     where c.version = kept.version and kept.newer > $2 and not ${IS_NEEDED}`,
    [owner, Math.floor(max * KEPT_PART)],
  )
  if ((await used()) + bytes <= max) return
  full.set(owner, true)
  throw tooLarge(max)
}

const tooLarge = (max: number): AppError =>
  new AppError(
    'quota_exceeded',
    `The code of your organization's workflows and unfinished runs has more than ${Math.floor(max / 1024 ** 2)} MB. Import less of it, or try again when runs have ended.`,
    { limit: max, retry_after_seconds: 60 },
  )
