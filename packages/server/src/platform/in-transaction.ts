import type pg from 'pg'
import type { Query } from './database.ts'

/**
 * Does the work between `begin` and `commit` on a connection that the caller has for it, and releases it: with the error
 * that broke it when it could not even roll back.
 */
export async function inTransaction<T>(
  client: pg.ClientBase,
  work: (query: Query) => Promise<T>,
  release: (broken: Error | undefined) => void,
  begin = 'begin',
): Promise<T> {
  let broken: Error | undefined
  try {
    await client.query(begin)
    const result = await work(async (text, values) => (await client.query(text, values)).rows)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    release(broken)
  }
}
