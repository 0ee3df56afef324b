import type { IntegrationState } from '@bifrost/contract'
import { CircleAlert, CircleCheck, CircleDashed, type LucideIcon } from 'lucide-react'
import { Tag } from '../../ui/Tag.tsx'
import { stateWords } from './integration-words.ts'

const icons: Record<IntegrationState, LucideIcon> = {
  connected: CircleCheck,
  not_configured: CircleDashed,
  not_connected: CircleDashed,
  needs_reconnect: CircleAlert,
}

/** How an integration stands, in words and never by color alone. */
export function StateTag({ state }: { state: IntegrationState }) {
  const { text, tone, about } = stateWords[state]
  return (
    <Tag icon={icons[state]} tone={tone} title={about}>
      {text}
    </Tag>
  )
}
