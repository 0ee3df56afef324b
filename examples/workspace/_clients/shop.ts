// Stands for a web shop with its warehouse and its payments.

import { FatalError } from 'bifrost'

export interface OrderLine {
  sku: string
  count: number
  price: number
}
export interface Order {
  id: string
  customer: string
  lines: OrderLine[]
  total: number
}
export interface Reservation {
  sku: string
  shelf: string
}

const price = (lines: OrderLine[]) => lines.reduce((sum, line) => sum + line.count * line.price, 0)
const lamps: OrderLine[] = [
  { sku: 'lamp', count: 2, price: 45 },
  { sku: 'bulb', count: 6, price: 4 },
]
const office: OrderLine[] = [
  { sku: 'desk', count: 3, price: 420 },
  { sku: 'chair', count: 3, price: 210 },
  { sku: 'lamp', count: 3, price: 45 },
]
const orders: Order[] = [
  { id: 'A-1001', customer: 'ada@contoso.example', lines: lamps, total: price(lamps) },
  { id: 'A-1002', customer: 'grace@contoso.example', lines: office, total: price(office) },
]

export async function findOrder(id: string): Promise<Order> {
  const order = orders.find((one) => one.id === id)
  // It will not be there the next time, either.
  if (!order) throw new FatalError(`The shop has no order ${id}; it has A-1001 and A-1002.`)
  return order
}

export async function reserve(line: OrderLine): Promise<Reservation> {
  return { sku: line.sku, shelf: `${line.sku.charAt(0).toUpperCase()}-${line.count}` }
}

export async function release(reservation: Reservation): Promise<void> {
  void reservation
}

/** Takes money once for each key, however often it is asked. */
export async function charge(
  customer: string,
  amount: number,
  { idempotencyKey }: { idempotencyKey: string },
): Promise<{ payment: string; amount: number }> {
  if (!customer || !idempotencyKey) throw new Error('A payment needs a customer and a key.')
  return { payment: `P-${amount}`, amount }
}

export async function printLabel(order: Order): Promise<{ tracking: string }> {
  return { tracking: `DX-${order.id.slice(2)}` }
}
