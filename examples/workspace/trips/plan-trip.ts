import { FatalError, graph, logger } from 'bifrost'

/** What a booking service answers; this one has no car on some days. */
const book = async (what: string, city: string) => ({ booking: `${what}-${city.toLowerCase()}` })
const cancel = (booked: { booking: string }) => logger.warning('%s is cancelled', booked.booking)

/**
 * Books a flight, then hotel and car side by side. A trip without a car is no trip here: when there is none, what was
 * booked is cancelled again, the latest first, each as a durable step of its own.
 * @param city Where to.
 * @param carsLeft Without it there is no car, and you see the bookings being undone.
 */
export const planTrip = graph<{ city: string; carsLeft: boolean }>('planTrip', {
  category: 'Trips',
  tags: ['graph', 'saga'],
})
  .step('book-flight', { retries: 3, undo: cancel }, (ctx) => book('flight', ctx.input.city))
  .parallel('stay', {
    hotel: (branch) =>
      branch.step('book-hotel', { retries: 3, undo: cancel }, (ctx) => book('hotel', ctx.input.city)),
    car: (branch) =>
      branch.step('book-car', { retries: 3, undo: cancel }, (ctx) => {
        // To ask again would change nothing, so it ends the retries.
        if (!ctx.input.carsLeft) throw new FatalError(`There is no car left in ${ctx.input.city}.`)
        return book('car', ctx.input.city)
      }),
  })
  .step('itinerary', ({ results }) => [
    results['book-flight'].booking,
    results.stay.hotel.booking,
    results.stay.car.booking,
  ])
