import type { Me, SecondFactorNeeded } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../../app/queries.ts'
import { safeNext } from '../../app/safe-next.ts'
import { AccountFrame } from './AccountFrame.tsx'
import { PasswordStep } from './PasswordStep.tsx'
import { SecondStep } from './SecondStep.tsx'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  const { next, problem } = route.useSearch()
  const router = useRouter()
  const client = useQueryClient()
  const [second, setSecond] = useState<SecondFactorNeeded | null>(null)
  const signedIn = async (me: Me) => {
    client.clear()
    client.setQueryData(queries.me().queryKey, me)
    await router.navigate({ href: safeNext(next), replace: true })
  }
  if (second)
    return (
      <AccountFrame title="One more step" lead="Your password was right. Show that it is you.">
        <SecondStep needed={second} onSignedIn={signedIn} onBack={() => setSecond(null)} />
      </AccountFrame>
    )
  return (
    <AccountFrame
      title="Sign in to Bifrost"
      lead={next ? 'Sign in to go on where you were.' : 'Functions that run as a platform.'}
    >
      <PasswordStep
        next={safeNext(next)}
        problem={problem}
        onSignedIn={signedIn}
        onSecondFactor={setSecond}
      />
    </AccountFrame>
  )
}
