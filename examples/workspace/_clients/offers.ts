/** What a supplier offers. Prices are in EUR. */
export type Offer = { supplier: string; price: number; delivery: number; days: number }

/** Stands for the suppliers of a customer. */
export const offers = {
  async find(_article: string): Promise<Offer[]> {
    return [
      { supplier: 'Paper & Co', price: 12.4, delivery: 9, days: 2 },
      { supplier: 'Bits & Bytes', price: 11.9, delivery: 25, days: 5 },
      { supplier: 'Northern Office', price: 13.1, delivery: 0, days: 1 },
    ]
  },
  async accept(supplier: string, article: string, count: number) {
    return { supplier, article, count, ordered: true }
  },
}
