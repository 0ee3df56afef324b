import { dataProvider } from 'bifrost'
import { type Department, listUsers } from '../_clients/directory.ts'

/**
 * The people of one department, as choices for forms.
 * @param department Whose people.
 * @param search Text in the name or the address.
 * @param includeDisabled Also people who cannot sign in any more.
 */
export const usersByDepartment = dataProvider(
  { category: 'Choices', cacheTtlSeconds: 60 },
  async (department: Department, search = '', includeDisabled = false) => {
    const wanted = search.trim().toLowerCase()
    return (await listUsers(department))
      .filter((user) => includeDisabled || user.enabled)
      .filter((user) => `${user.name} ${user.email}`.toLowerCase().includes(wanted))
      .map(({ id, name, email, enabled }) => ({
        label: name,
        value: id,
        description: email,
        metadata: { enabled },
      }))
  },
)
