import { logger, UserError, workflow } from 'bifrost'
import { findUserByEmail } from '../_clients/directory.ts'
import { fetchSeats, type Product } from '../_clients/licensing.ts'

/**
 * Gives a license to a user. It also shows the two kinds of errors: visio has no free seat, which is a UserError
 * whose text everybody sees; project gets an unexpected answer, which only developers see in full.
 * @param email Whose license it becomes.
 * @param product What is assigned.
 */
export const assignLicense = workflow(
  { category: 'Licenses', executionMode: 'sync', timeSaved: 10, value: 8 },
  async (email: string, product: Product = 'office') => {
    const user = await findUserByEmail(email)
    if (!user) throw new UserError(`No one has the address ${email}. Onboard the user first.`)
    const seats = await fetchSeats(product)
    const free = freeSeats(seats)
    logger.info('%s: %d seats are free', product, free)
    if (free === 0)
      throw new UserError(`There is no free ${product} license left. Order one, then run this again.`)
    return { userId: user.id, product, freeSeatsLeft: free - 1 }
  },
)

/** Checks what came from outside where it comes in, so that the error names the service and not a line far away. */
function freeSeats(answer: unknown): number {
  const { bought, used } = answer as { bought?: unknown; used?: unknown }
  if (typeof bought !== 'number' || typeof used !== 'number')
    throw new TypeError(`The license portal answered ${JSON.stringify(answer)} instead of seats.`)
  return bought - used
}
