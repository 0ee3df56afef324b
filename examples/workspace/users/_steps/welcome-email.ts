import type { DirectoryUser } from '../../_clients/directory.ts'

/** What the new colleague reads on the first day. */
export function welcomeEmail(user: DirectoryUser, startDate: Date | undefined): string {
  const [firstName] = user.name.split(' ')
  const day = startDate ? ` on ${startDate.toISOString().slice(0, 10)}` : ''
  return `Dear ${firstName}, your account ${user.email} is ready. We look forward to seeing you${day}.`
}
