/**
 * The timers of the runtime itself, taken before those that authors use are bound to their runs: what the runtime waits
 * for does not end with the run that asked for it. They are called as members, so that the simulation can replace them.
 */
const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = globalThis

export const platformTimers = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
}
