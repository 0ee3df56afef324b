/** Said when somebody's rights have changed: every process forgets what it believes of anybody. */
export const ACCOUNTS_TOPIC = 'accounts'

/**
 * "Look": tells who waits that rows have changed. It carries no data and may be lost; a listener also looks by
 * itself from time to time, because the database holds the truth.
 */
export interface Notifier {
  /**
   * `queue`: live work arrived. `execution:<id>`: a run or its log changed. `cancel`: somebody asked to cancel runs.
   * `woken:<id>`: a wait of this run was answered. `due`: something was planned for later. `workspace`: other workflows,
   * or other code. `bundle`: somebody wants code that was never built. `accounts`: somebody's rights have changed. `quotas`:
   * an organization may use more or less. `organizations`: some were made, moved or deleted. `mail`:
   * there is something to send.
   */
  publish(topic: string): void
  /** Returns the function that ends the subscription. */
  subscribe(topic: string, listener: () => void): () => void
}

/** The notifier of one process. */
export interface LocalNotifier extends Notifier {
  /** Tells everybody: what was said meanwhile was not heard. */
  publishAll(): void
}

export function createNotifier(): LocalNotifier {
  const listeners = new Map<string, Set<() => void>>()
  return {
    publish(topic) {
      const known = listeners.get(topic)
      if (known) for (const listener of known) listener()
    },
    subscribe(topic, listener) {
      const known = listeners.get(topic) ?? new Set()
      listeners.set(topic, known.add(listener))
      return () => {
        known.delete(listener)
        if (known.size === 0 && listeners.get(topic) === known) listeners.delete(topic)
      }
    },
    publishAll() {
      for (const known of [...listeners.values()]) for (const listener of [...known]) listener()
    },
  }
}
