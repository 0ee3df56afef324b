import { logger, UserError } from 'bifrost'
import {
  createUser,
  type Department,
  type DirectoryUser,
  DOMAIN,
  findUserByEmail,
} from '../../_clients/directory.ts'

/** Makes the directory account, unless the address is taken or foreign. */
export async function createAccount(
  email: string,
  fullName: string,
  department: Department,
): Promise<DirectoryUser> {
  const address = email.trim().toLowerCase()
  if (!address.endsWith(`@${DOMAIN}`))
    throw new UserError(`${email} is not an address of ${DOMAIN}. Ask for the company address.`)
  const taken = await findUserByEmail(address)
  if (taken) throw new UserError(`${address} belongs to ${taken.name} already. Choose another address.`)
  const user = await createUser(address, fullName, department)
  logger.info('Account %s made for %s', user.id, fullName)
  return user
}
