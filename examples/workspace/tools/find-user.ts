import { tool } from 'bifrost'
import { findUserByEmail, listUsers } from '../_clients/directory.ts'

/**
 * Finds people in the directory.
 * @param query An email address, or part of a name.
 */
export const findUser = tool(
  {
    description:
      'Finds people in the directory by email address or part of the name. Use it before changing a user.',
    category: 'Tools',
    executionMode: 'sync',
  },
  async (query: string) => {
    const wanted = query.trim().toLowerCase()
    if (wanted.includes('@')) {
      const user = await findUserByEmail(wanted)
      return { matches: user ? [user] : [] }
    }
    return { matches: (await listUsers()).filter((user) => user.name.toLowerCase().includes(wanted)) }
  },
)
