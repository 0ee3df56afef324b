import type { Topic } from './topics.ts'

/**
 * "Look": tells who waits that rows have changed. It carries no data and may be lost; a listener also looks by
 * itself from time to time, because the database holds the truth.
 */
export interface Notifier {
  publish(topic: Topic): void
  /** Returns the function that ends the subscription. */
  subscribe(topic: Topic, listener: () => void): () => void
}

/** The notifier of one process. */
export interface LocalNotifier extends Notifier {
  /** Tells everybody: what was said meanwhile was not heard. */
  publishAll(): void
}

export function createNotifier(): LocalNotifier {
  const listeners = new Map<Topic, Set<() => void>>()
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
