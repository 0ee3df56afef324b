import { dataProvider } from 'bifrost'
import { listDepartments } from '../_clients/directory.ts'

/** The departments of the directory, as choices for forms. Rows with id and name become options. */
export const departments = dataProvider({ category: 'Choices', cacheTtlSeconds: 600 }, async () =>
  (await listDepartments()).map(({ id, name, people }) => ({ id, name, description: `${people} people` })),
)
