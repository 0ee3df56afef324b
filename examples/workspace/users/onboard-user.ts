import { logger, workflow } from 'bifrost'
import type { Department } from '../_clients/directory.ts'
import { createAccount } from './_steps/create-account.ts'
import { joinGroups } from './_steps/join-groups.ts'
import { welcomeEmail } from './_steps/welcome-email.ts'

/** What onboarding made. */
export interface Onboarded {
  userId: string
  email: string
  groups: string[]
  welcomeEmail: string | null
}

/**
 * Creates the account of a new colleague, puts it into the groups of the department and writes the welcome email.
 * The workflow is the outline; each step is a module beside it.
 * @param email The company address, such as bo@contoso.example.
 * @param fullName As the address book should show it.
 * @param department Decides the groups.
 * @param startDate First working day; named in the welcome email.
 * @param furtherGroups Groups beyond those of the department.
 * @param sendWelcome Switch it off for accounts of services.
 */
export const onboardUser = workflow(
  { category: 'Users', tags: ['onboarding'], timeSaved: 45, value: 40, timeoutSeconds: 300 },
  async (
    email: string,
    fullName: string,
    department: Department,
    startDate?: Date,
    furtherGroups: string[] = [],
    sendWelcome = true,
  ): Promise<Onboarded> => {
    const user = await createAccount(email, fullName, department)
    const groups = await joinGroups(department, furtherGroups)
    const welcome = sendWelcome ? welcomeEmail(user, startDate) : null
    if (welcome) logger.info('Welcome email sent to %s', user.email)
    return { userId: user.id, email: user.email, groups, welcomeEmail: welcome }
  },
)
