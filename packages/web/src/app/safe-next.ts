/** Where to go after sign-in: a path of this app, and nothing that leaves it. */
export function safeNext(next: string | undefined): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/'
  return /^(\/o\/[^/]+)?\/(sign-in|setup)/.test(next) ? '/' : next
}
