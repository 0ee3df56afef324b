// Stands for a billing system with a thousand subscriptions, which numbers every change.

export interface Subscription {
  id: number
  customer: string
  seats: number
  pricePerSeat: number
  /** Grows with every change of any subscription. */
  change: number
}

const subscriptions: readonly Subscription[] = Array.from({ length: 1000 }, (_, index) => ({
  id: index + 1,
  customer: `C-${String((index % 120) + 1).padStart(3, '0')}`,
  seats: 1 + (index % 25),
  pricePerSeat: 9,
  change: 10_000 + index,
}))

/** Subscriptions that were changed after that change, the oldest first. */
export const changedAfter = async (change: number): Promise<Subscription[]> =>
  subscriptions.filter((subscription) => subscription.change > change)

/** Four customers of the thousand have no address, as it goes. */
export async function addressOf(subscriptionId: number): Promise<string | null> {
  return subscriptionId % 250 === 0 ? null : `invoices+${subscriptionId}@example.com`
}

/** Sending with the same key again sends nothing. */
export const sendInvoice = async (to: string, amount: number, key: string) => ({
  number: `R-${key.length}-${amount}`,
  to,
})
