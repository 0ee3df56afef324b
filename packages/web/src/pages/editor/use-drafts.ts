import { useMemo } from 'react'
import { useMe } from '../../app/session.ts'
import { type Drafts, draftsOf } from './drafts.ts'

/** The drafts of the signed-in person, for the organization that this tab acts for. */
export function useDrafts(): Drafts {
  const { id, acting } = useMe()
  return useMemo(() => draftsOf(localStorage, `${id}@${acting}`), [id, acting])
}
