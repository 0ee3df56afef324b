/// <reference lib="dom" />

// The page around the frame submits what a screen says by itself only after a person used the screen. Authors' code runs
// in the same frame and can say anything, so this comes first: the page trusts the first port alone, the port is known
// to nothing else, and no script can make an event that is trusted.

/** Tells the page around the frame through a port of its own when a person uses the screen. */
export function watchPerson(pageOrigin: string): void {
  const { port1, port2 } = new MessageChannel()
  const tell = port1.postMessage.bind(port1)
  window.parent.postMessage({ bifrost: 1, type: 'watch' }, pageOrigin, [port2])
  const used = (event: Event) => {
    if (event.isTrusted) tell(1)
  }
  for (const type of ['pointerdown', 'keydown', 'click']) window.addEventListener(type, used, true)
}
