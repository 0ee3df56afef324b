// What the steps of an order do. The graph beside this file is the outline; this is the work.

import { type GraphContext, type GraphItemContext, logger } from 'bifrost'
import * as shop from '../_clients/shop.ts'

type Input = { orderId: string }
type Known = { 'fetch-order': shop.Order }

export const fetchOrder = (ctx: GraphContext<Input>) => shop.findOrder(ctx.input.orderId)

export const isLarge = (ctx: GraphContext<Input, Known>) => ctx.results['fetch-order'].total > 1000

export const reserveLine = (ctx: GraphItemContext<shop.OrderLine>) => shop.reserve(ctx.item)

export const releaseLine = async (reservation: shop.Reservation) => {
  await shop.release(reservation)
  logger.warning('%s is back on the shelf', reservation.sku)
}

export const chargeCustomer = ({ results, idempotencyKey }: GraphContext<Input, Known>) =>
  shop.charge(results['fetch-order'].customer, results['fetch-order'].total, { idempotencyKey })

export const printLabel = (ctx: GraphContext<Input, Known>) => shop.printLabel(ctx.results['fetch-order'])
