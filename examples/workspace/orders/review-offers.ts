import { screen, step, workflow } from 'bifrost'
import { type Offer, offers } from '../_clients/offers.ts'

/**
 * Compares the offers of several suppliers and lets a person choose one. The computer says which one it would take; the
 * person decides, and says how many to order.
 * @param article What is to be bought
 */
export const reviewOffers = workflow({ category: 'Orders', timeSaved: 20 }, async (article: string) => {
  const found = await step('ask-suppliers', () => offers.find(article))
  const recommended = cheapest(found)
  const choice = await screen('review', {
    title: `Choose an offer for ${article}`,
    component: './screens/review-offers.tsx',
    props: { article, offers: found, recommended: recommended.supplier },
    output: {
      supplier: { type: 'string', options: found.map(({ supplier }) => supplier) },
      count: 'integer',
      note: { type: 'string', required: false },
    },
    due: '3 days',
  })
  return step('order', () => offers.accept(choice.supplier, article, choice.count))
})

/** What one piece costs with its share of the delivery. */
function cheapest(found: Offer[]): Offer {
  const cost = ({ price, delivery }: Offer) => price + delivery / 10
  return found.reduce((best, offer) => (cost(offer) < cost(best) ? offer : best))
}
