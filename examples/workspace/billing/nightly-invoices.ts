import { cursor, logger, step, workflow, workflows } from 'bifrost'
import { changedAfter } from '../_clients/subscriptions.ts'
import { invoiceSubscription } from './invoice-subscription.ts'

/**
 * Once a night: starts a run of its own for each subscription that changed since the last time. The runs are on this
 * run's page, with those that failed first; one that fails keeps no other from its invoice.
 */
export const nightlyInvoices = workflow(
  {
    category: 'Billing',
    tags: ['nightly'],
    schedule: { cron: '15 3 * * *', timezone: 'Europe/Berlin' },
    singleton: true,
  },
  async () => {
    const place = cursor<number>('changes')
    const since = (await place.get()) ?? 0
    const changed = await step('read changes', () => changedAfter(since))
    const { started, duplicates } = await workflows.startMany(
      invoiceSubscription,
      changed.map(({ change, ...subscription }) => subscription),
      // A change is invoiced once, also when this run has to begin again before the cursor is moved.
      { key: (_, index) => `${changed[index]?.id}@${changed[index]?.change}` },
    )
    const last = changed.at(-1)
    if (last) await place.set(last.change)
    logger.info('%d subscriptions changed since %d', changed.length, since)
    return { started, duplicates }
  },
)
