import { useSyncExternalStore } from 'react'

type Answer = (proved: boolean) => void

let waiting: readonly Answer[] = []
const listeners = new Set<() => void>()

function change(next: readonly Answer[]): void {
  waiting = next
  for (const listener of listeners) listener()
}

/** Asks the person to prove who they are; false when they do not want to. Calls that come together ask once. */
export const askForProof = (): Promise<boolean> => new Promise((resolve) => change([...waiting, resolve]))

/** Tells all who wait. */
export function answerProof(proved: boolean): void {
  const callers = waiting
  change([])
  for (const answer of callers) answer(proved)
}

export const useProofNeeded = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => waiting.length > 0,
  )
