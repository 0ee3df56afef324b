import { logger } from 'bifrost'
import { type Department, groupsForDepartment } from '../../_clients/directory.ts'

/** The groups of the department and the further ones, each once. */
export async function joinGroups(department: Department, further: readonly string[]): Promise<string[]> {
  const groups = [...new Set([...(await groupsForDepartment(department)), ...further])].sort()
  for (const group of groups) logger.debug('Added to group %s', group)
  logger.info('Member of %d groups', groups.length)
  return groups
}
