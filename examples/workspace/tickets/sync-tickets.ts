import { context, type Int, logger, workflow } from 'bifrost'
import { fetchClosedTickets } from '../_clients/tickets.ts'

/**
 * Adds up the closed tickets per customer for billing. The ticket system is down now and then, so the run is tried
 * again, with longer pauses each time.
 * @param outages How many attempts meet a system that is down; 4 and more fail for good.
 */
export const syncTickets = workflow(
  {
    category: 'Tickets',
    timeSaved: 25,
    value: 15,
    retryPolicy: { maxRetries: 3, delaySeconds: 0.5, backoff: 'exponential', maxDelaySeconds: 10 },
  },
  async (outages: Int = 1) => {
    logger.info('Attempt %d', context.attempt)
    const tickets = await fetchClosedTickets(context.attempt <= outages)
    const minutes: Record<string, number> = {}
    for (const ticket of tickets) minutes[ticket.customer] = (minutes[ticket.customer] ?? 0) + ticket.minutes
    return { tickets: tickets.length, minutes, attempts: context.attempt }
  },
)
