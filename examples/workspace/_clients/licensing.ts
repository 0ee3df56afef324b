// Stands for the license portal of a distributor.

export type Product = 'office' | 'visio' | 'project'

/** What the portal sends, unchecked: a service may answer anything. */
export async function fetchSeats(product: Product): Promise<unknown> {
  switch (product) {
    case 'office':
      return { bought: 25, used: 21 }
    case 'visio':
      return { bought: 5, used: 5 }
    case 'project':
      // What a portal in maintenance really sends.
      return { message: 'Scheduled maintenance' }
  }
}
