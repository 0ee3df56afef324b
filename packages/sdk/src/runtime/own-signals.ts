/**
 * Lets this process signal itself and no other process. Where children are the same user as the server, a signal would end
 * it, and SIGUSR1 would open the debugger of any Node program, through which everything of that user can be read.
 * Node's permission model does not cover signals.
 */
export function keepSignalsHome(): void {
  // Node's own functions look these up on `process`; author's code can do so, too, so the originals live here alone.
  const node = process as unknown as Record<string, (...values: unknown[]) => unknown>
  const own = process.pid
  for (const name of ['kill', '_kill', '_debugProcess']) {
    const original = node[name]?.bind(process)
    if (!original) continue
    const guarded = (pid: unknown, ...rest: unknown[]) => {
      if (pid === own) return original(own, ...rest)
      throw Object.assign(new Error('A workflow may only signal its own process.'), {
        code: 'ERR_ACCESS_DENIED',
      })
    }
    Object.defineProperty(process, name, { value: guarded, writable: true, configurable: true })
  }
}
