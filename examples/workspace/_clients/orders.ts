import { UserError } from 'bifrost'

/** An order that a person asks for. Prices are in EUR. */
export type Order = {
  id: string
  supplier: string
  requestedBy: string
  lines: { article: string; count: number; price: number }[]
}

const stored: Order[] = [
  {
    id: 'A-1001',
    supplier: 'Paper & Co',
    requestedBy: 'Ada Lovelace',
    lines: [{ article: 'Notebooks', count: 20, price: 3.5 }],
  },
  {
    id: 'A-1002',
    supplier: 'Bits & Bytes',
    requestedBy: 'Alan Turing',
    lines: [
      { article: 'Workstation', count: 2, price: 1890 },
      { article: 'Display, 32 inch', count: 4, price: 420 },
    ],
  },
]

/** Stands for the ordering system of a customer. */
export const orders = {
  async get(id: string): Promise<Order> {
    const order = stored.find((one) => one.id === id)
    if (!order) throw new UserError(`There is no order ${id}.`)
    return order
  },
  async place(id: string, idempotencyKey: string) {
    return { order: id, confirmation: `confirmed-${idempotencyKey.length}` }
  },
  async reject(id: string, reason: string) {
    return { order: id, reason }
  },
}
