import { step, workflow } from 'bifrost'

/**
 * Settles a claim: fetches it, decides, and writes the email. History shows what each run is about, and a wrong decision is
 * put right by forking the run from "decide" with another claim.
 * @param claim The number of the claim, such as C-4711
 * @param amount What is asked for, in euros
 */
export const settleClaim = workflow(
  {
    category: 'Claims',
    columns: {
      Claim: 'input.claim',
      Customer: 'steps.fetch-claim.customer',
      Decision: 'steps.decide',
      High: (run) => Number(run.input.amount) > HIGH,
    },
  },
  async (claim: string, amount: number) => {
    const found = await step('fetch-claim', { retries: 3 }, () => fetchClaim(claim, amount))
    const decision = await step('decide', () => (found.amount > HIGH ? 'inspect' : 'pay'))
    const email = await step('write-email', () => emailOf(found.customer, decision))
    return { claim, decision, email }
  },
)

const HIGH = 500

/** Stands for the claims system of an insurer. */
function fetchClaim(claim: string, amount: number) {
  const customers = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing']
  const digits = Number(claim.replace(/\D/g, '')) || 0
  return { claim, amount, customer: customers[digits % customers.length] ?? 'Unknown customer' }
}

const emailOf = (customer: string, decision: string) =>
  decision === 'pay'
    ? `Dear ${customer}, your claim is paid.`
    : `Dear ${customer}, an inspector will call you.`
