import { events, UserError, workflow } from 'bifrost'

/**
 * Takes an order and emits an event about it. The order's number is the event's id, so that an order that is sent
 * twice is taken once; the customer is its key, so that one customer's orders are worked on one after the other.
 * @param orderId Number of the order, such as S-1
 * @param customer Who ordered
 * @param total Price in EUR
 */
export const placeShopOrder = workflow(
  { category: 'Shop', tags: ['events'] },
  async (orderId: string, customer: string, total: number) => {
    if (total <= 0) throw new UserError('An order costs something.')
    const { duplicate } = await events.emit(
      'shop.order.created',
      { orderId, customer, total },
      { id: orderId, key: customer },
    )
    return { orderId, taken: !duplicate }
  },
)
