import { type Int, logger, sleep, step, UserError, workflow } from 'bifrost'
import { deleteUser, findUserByEmail, groupsForDepartment, setSignIn } from '../_clients/directory.ts'
import { handOverMailbox } from '../_clients/mailboxes.ts'

/**
 * Blocks the account of a colleague who leaves, hands the mailbox over, and deletes the account after a rest. Each
 * outward action is a step: none is done twice, the rest outlives restarts, and a run that cannot be finished gives
 * back what it took.
 * @param email Who leaves.
 * @param handOverTo Who gets the mailbox.
 * @param rest How long the blocked account is kept, such as `30 days`; short here, so that you see the end.
 * @param outages How many attempts meet a mail service that is busy; 4 and more fail for good.
 */
export const offboardUser = workflow(
  { category: 'Users', tags: ['offboarding'], timeSaved: 30, value: 35 },
  async (email: string, handOverTo: string, rest = '2 seconds', outages: Int = 1) => {
    const [user, heir] = await Promise.all([
      step('find-user', () => findUserByEmail(email)),
      step('find-user', () => findUserByEmail(handOverTo)),
    ])
    if (!user) throw new UserError(`No one has the address ${email}.`)
    if (!heir) throw new UserError(`No one has the address ${handOverTo}, so no one could get the mailbox.`)

    const allowAgain = async () => {
      await setSignIn(user.id, true)
      logger.warning('%s may sign in again', user.email)
    }
    await step('block-sign-in', { undo: allowAgain }, () => setSignIn(user.id, false))

    const joinAgain = (groups: readonly string[]) => logger.warning('Back in %s', groups.join(', '))
    const groups = await step('leave-groups', { undo: joinAgain }, () => groupsForDepartment(user.department))

    const mailbox = await step(
      'hand-over-mailbox',
      { retries: 3, backoffSeconds: 0.5, timeoutSeconds: 30 },
      async ({ attempt, idempotencyKey }) => {
        const moved = await handOverMailbox(user, heir, { idempotencyKey, isBusy: attempt <= outages })
        // Inside of the step, so that the line is written once and not again when the run comes back from its rest.
        logger.info('%s belongs to %s now; the account is deleted after %s', moved.mailbox, moved.owner, rest)
        return moved
      },
    )

    await sleep(rest)
    await step('delete-account', { retries: 5 }, () => deleteUser(user.id))
    return { userId: user.id, leftGroups: groups, mailboxOwner: mailbox.owner }
  },
)
