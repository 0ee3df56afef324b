import { afterAll, beforeAll, inject } from 'vitest'
import { cloneDatabase, type TestDatabase } from './database.ts'

/**
 * A fresh, migrated database for a test file or a `describe`; dropped after it.
 * @example
 * const database = useTestDatabase()
 * test('…', async () => { const pool = new pg.Pool(database().connection) })
 */
export function useTestDatabase(): () => TestDatabase {
  let database: TestDatabase | undefined
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())
  return () => {
    if (!database) throw new Error('The test database is there from beforeAll on.')
    return database
  }
}

/** The same for those who drop it themselves. */
export const createTestDatabase = (): Promise<TestDatabase> => cloneDatabase(inject('testServer'))
