/**
 * Gathers single writes into statements of many rows: while one statement is under way, what arrives waits and goes
 * with the next. Alone, a write leaves at once; under load, 500 leave together, and one commit pays for all.
 */
export interface BatcherOptions<Item, Result> {
  /** Statements under way at once. */
  lanes: number
  sizeMax: number
  /** How large an item is, and how large a statement may get; one item alone may be larger. */
  weight?: { of(item: Item): number; max: number }
  /** Results in the order of the items. */
  write(items: Item[]): Promise<Result[]>
  /** The error is the fault of one item: then each is written alone, so that it fails alone. */
  isFaultOfItem(error: unknown): boolean
}

export interface Batcher<Item, Result> {
  add(item: Item): Promise<Result>
  /** Resolves when nothing waits or is under way. */
  idle(): Promise<void>
}

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let busy = 0
  let scheduled = false
  let idleListeners: (() => void)[] = []

  // At the end of the turn, so that what one burst of messages brought goes together.
  const schedule = () => {
    if (scheduled || busy >= options.lanes) return
    scheduled = true
    setImmediate(start)
  }

  const start = () => {
    scheduled = false
    while (waiting.length > 0 && busy < options.lanes) {
      const count = Math.min(waiting.length, options.sizeMax, light(waiting))
      const batch = waiting.length > count ? waiting.splice(0, count) : waiting
      if (batch === waiting) waiting = []
      busy++
      void send(batch)
    }
  }

  /** How many of the first go together without being too large. */
  const light = (entries: Waiting<Item, Result>[]): number => {
    const { weight } = options
    if (!weight) return entries.length
    let sum = 0
    const heavy = entries.findIndex(({ item }) => {
      sum += weight.of(item)
      return sum > weight.max
    })
    return heavy === -1 ? entries.length : Math.max(1, heavy)
  }

  const send = async (batch: Waiting<Item, Result>[]) => {
    try {
      const results = await options.write(batch.map((entry) => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result)
    } catch (error) {
      if (batch.length > 1 && options.isFaultOfItem(error)) await sendAlone(batch)
      else for (const entry of batch) entry.reject(error)
    } finally {
      busy--
      if (waiting.length > 0) schedule()
      else if (busy === 0) {
        for (const listener of idleListeners) listener()
        idleListeners = []
      }
    }
  }

  const sendAlone = async (batch: Waiting<Item, Result>[]) => {
    for (const entry of batch)
      await options.write([entry.item]).then(([result]) => entry.resolve(result as Result), entry.reject)
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        schedule()
      })
    },
    idle() {
      if (busy === 0 && waiting.length === 0) return Promise.resolve()
      return new Promise((resolve) => idleListeners.push(resolve))
    },
  }
}
