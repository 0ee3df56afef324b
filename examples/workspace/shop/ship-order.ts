import { logger, type StartEvent, step, workflow } from 'bifrost'

/** Orders of less are collected, and go out together on Fridays. */
const SHIP_ALONE_FROM = 20

/**
 * Ships an order when it is paid. Small orders decline the event: they wait for their Friday.
 * @param orderId Number of the order, such as S-1
 */
export const shipOrder = workflow(
  {
    category: 'Shop',
    tags: ['events'],
    startOn: {
      event: 'shop.order.paid',
      map: ({ payload }: StartEvent<{ orderId: string; amount: number }>) =>
        payload.amount < SHIP_ALONE_FROM ? null : { orderId: payload.orderId },
    },
  },
  async (orderId: string) => {
    const parcel = await step('pack', () => `parcel-${orderId}`)
    await step('hand-over', { retries: 3 }, () => logger.info('%s is on its way', parcel))
    return { orderId, parcel }
  },
)
