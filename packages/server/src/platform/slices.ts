/** Work on the event loop in slices: after a few milliseconds others have their turn. */
export interface Slices {
  /** Call it after each piece of work. Undefined: there is still time. */
  pause(): Promise<void> | undefined
}

const SLICE_MS = 2

export function inSlices(): Slices {
  let since = performance.now()
  return {
    pause() {
      if (performance.now() - since < SLICE_MS) return
      return new Promise((resolve) =>
        setImmediate(() => {
          since = performance.now()
          resolve()
        }),
      )
    },
  }
}
