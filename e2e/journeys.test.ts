// All journeys meet one server, so they are one file: the first start comes first, the rest needs no order.
import { describe } from 'vitest'
import { useProduct } from './testing/journey.ts'

useProduct()

describe('first start', () => import('./journeys/first-start.ts'))
