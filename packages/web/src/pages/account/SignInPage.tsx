import { type Me, type SecondFactorNeeded, signInProblemText } from '@bifrost/contract'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { loadPage } from '../../app/acting.ts'
import { safeNext } from '../../app/safe-next.ts'
import { AccountFrame } from './AccountFrame.tsx'
import { PasswordStep } from './PasswordStep.tsx'
import { SecondStep } from './SecondStep.tsx'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  const { next, problem } = route.useSearch()
  const [second, setSecond] = useState<SecondFactorNeeded | null>(null)
  // A page of its own for each person who signs in: nothing of who was here before is left in it.
  const signedIn = (_me: Me) => loadPage(safeNext(next))
  if (second)
    return (
      <AccountFrame
        title="One more step"
        lead="Your password is correct. Confirm your identity with a second factor."
      >
        <SecondStep needed={second} onSignedIn={signedIn} onBack={() => setSecond(null)} />
      </AccountFrame>
    )
  return (
    <AccountFrame
      title="Sign in to Bifrost"
      lead={
        next ? 'Sign in to continue where you left off.' : 'Turn functions into forms, APIs and durable runs.'
      }
    >
      <PasswordStep
        next={safeNext(next)}
        problem={signInProblemText(problem)}
        onSignedIn={signedIn}
        onSecondFactor={setSecond}
      />
    </AccountFrame>
  )
}
