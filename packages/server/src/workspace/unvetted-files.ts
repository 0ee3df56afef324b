import { readdir, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { AppError } from '@bifrost/contract'
import type { Database } from '../platform/database.ts'
import { may, type OrgScope } from '../platform/scope.ts'
import { BuildError } from './builder/build-error.ts'
import { slashes } from './builder/inside.ts'
import { inlinePath } from './code-versions.ts'
import { stampOf } from './stamps.ts'
import type { Builder, Bundle } from './types.ts'

/**
 * Hears of changes of workspace files, before others see them and afterwards. Paths are relative to the workspace, with
 * links followed.
 */
export interface FileWitness {
  /** A file with this stamp is about to lie there; it does so at once, or not at all. */
  placing(path: string, stamp: string): Promise<void>
  /** What lies there, or below it, is something else than before, or nothing. */
  changed(path: string): Promise<void>
  /** A file (with its stamp) or a folder (null) is about to be moved. */
  moving(from: string, to: string, stamp: string | null): Promise<void>
  moved(from: string, to: string): Promise<void>
}

/** From the note to the file; after twice as long a note counts as one of a file that has been replaced, or never came. */
const PLACING_MS_MAX = 30_000
const OLD = "noted_at < now() - interval '1 minute'"
/** The path $1 and all below it. */
const BELOW = "(path = $1 or (path > $1 || '/' and path < $1 || '0'))"
const PRUNED_AT_ONCE = 1_000

/**
 * Which files of the workspace were last written through the platform by a person who may not write code. They are reports
 * and the like, and may lie anywhere. Once code imports one, its writer decides what others run: a bundle with such a
 * file is refused.
 */
export class UnvettedFiles {
  readonly #db: Database
  readonly #workspaceDir: string

  constructor(db: Database, workspaceDir: string) {
    this.#db = db
    this.#workspaceDir = workspaceDir
  }

  /** Watches what a person writes. */
  witness(scope: OrgScope): FileWitness {
    const isVetted = may(scope, 'workflow:write')
    // Noted before it is there: in between a bundle could be made with it.
    const placing = async (path: string, stamp: string) => {
      if (!isVetted) await inTime(this.#note(scope, path, stamp))
    }
    return {
      placing,
      changed: (path) => this.#forget(path),
      moving: async (from, to, stamp) => {
        await inTime(this.#copy(from, to))
        // Under its new name a file may be one that is imported, so who moves it counts as its writer.
        if (stamp !== null) await placing(to, stamp)
      },
      moved: async (from, to) => {
        // What came to lie in a folder while it was moved.
        await this.#copy(from, to)
        await this.#forget(from)
      },
    }
  }

  /** The same builder, but what it bundles is written by people who may write code. */
  guard(builder: Builder): Builder {
    const judged = async (bundle: Promise<Bundle>, entry: string): Promise<Bundle> => {
      await this.#requireVetted(await bundle, entry)
      return bundle
    }
    return {
      ...builder,
      bundle: (path) => judged(builder.bundle(path), path),
      bundleCode: (owner, code, language) =>
        judged(builder.bundleCode(owner, code, language), inlinePath(language)),
    }
  }

  async #requireVetted({ inputs }: Pick<Bundle, 'inputs'>, entry: string): Promise<void> {
    const root = await realpath(this.#workspaceDir)
    const real = await Promise.all(inputs.map(({ path }) => realpath(path).catch(() => path)))
    const byPath = Map.groupBy(inputs, (_input, index) => slashes(relative(root, real[index] ?? '')))
    const rows = await this.#db.query<{
      path: string
      stamp: string
      writer: string | null
      by_key: boolean
    }>(
      `select f.path, f.stamp, f.by_key, coalesce(nullif(u.name, ''), u.email) as writer
       from unvetted_files f left join users u on u.id = f.user_id where f.path = any($1) order by f.path`,
      [[...byPath.keys()]],
    )
    for (const { path, stamp, writer, by_key } of rows) {
      // It may have come between the look at the file and its reading.
      const stamps = [stampOf(join(root, path))]
      const read = byPath.get(path) ?? []
      for (const { size, mtimeMs } of read) stamps.push(`${size}-${mtimeMs}`)
      if (!stamps.includes(stamp)) continue
      const importer = read.find((input) => input.importer)?.importer ?? entry
      const by = writer ?? 'a former user or a run that no person started'
      const who = by_key ? `with a key of ${by} that may not write code` : `by ${by}, who may not write code`
      throw new BuildError({
        message: `"${path}" was last written ${who}. A person who may write code must save it before code can import it.`,
        path: importer,
        line: null,
        column: null,
      })
    }
  }

  /** Forgets files that are gone, or were replaced on disk. */
  async prune(): Promise<void> {
    for (let after = ''; ; ) {
      const rows = await this.#db.query<{ path: string; stamp: string }>(
        `select path, stamp from unvetted_files where path > $1 and ${OLD} order by path, stamp limit $2`,
        [after, PRUNED_AT_ONCE],
      )
      const gone = rows.filter(({ path, stamp }) => stampOf(join(this.#workspaceDir, path)) !== stamp)
      // A folder that is not mounted just now has lost nothing.
      if ((await readdir(this.#workspaceDir)).length === 0) return
      if (gone.length > 0)
        await this.#db.query(
          `delete from unvetted_files f using unnest($1::text[], $2::text[]) as g (path, stamp)
           where f.path = g.path and f.stamp = g.stamp and ${OLD}`,
          [gone.map((row) => row.path), gone.map((row) => row.stamp)],
        )
      if (rows.length < PRUNED_AT_ONCE) return
      after = rows.at(-1)?.path ?? ''
    }
  }

  async #note({ userId, limitedTo }: OrgScope, path: string, stamp: string): Promise<void> {
    await this.#db.query(
      `insert into unvetted_files (path, stamp, user_id, by_key) values ($1, $2, $3, $4)
       on conflict (path, stamp) do update
         set user_id = excluded.user_id, by_key = excluded.by_key, noted_at = now()`,
      [path, stamp, userId, limitedTo !== null],
    )
  }

  async #copy(from: string, to: string): Promise<void> {
    await this.#db.query(
      `insert into unvetted_files (path, stamp, user_id, by_key)
       select $2 || substr(path, length($1) + 1), stamp, user_id, by_key from unvetted_files where ${BELOW}
       on conflict (path, stamp) do update set noted_at = now()`,
      [from, to],
    )
  }

  /** The stamps tell what counts; this keeps the table small. */
  async #forget(path: string): Promise<void> {
    await this.#db.query(`delete from unvetted_files where ${BELOW} and ${OLD}`, [path])
  }
}

async function inTime(noted: Promise<void>): Promise<void> {
  const began = performance.now()
  await noted
  if (performance.now() - began > PLACING_MS_MAX)
    throw new AppError('unavailable', 'The database is slow at the moment. Try again later.')
}
