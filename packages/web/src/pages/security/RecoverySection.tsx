import { routes } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { LifeBuoy } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { RecoveryCodesDialog } from './RecoveryCodesDialog.tsx'
import { Row } from './Row.tsx'
import { useRenewed } from './use-renewed.ts'

export function RecoverySection({ left }: { left: number }) {
  const renewed = useRenewed()
  const [asking, setAsking] = useState(false)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const renew = useMutation({
    mutationFn: () => api(routes.newRecoveryCodes),
    onSuccess: async (answer) => {
      setCodes(answer.recovery_codes)
      await renewed()
    },
    onError: notify.failure,
    onSettled: () => setAsking(false),
  })
  return (
    <Section title="Recovery codes">
      <Row
        icon={LifeBuoy}
        title={left === 1 ? 'One code is left' : `${left === 0 ? 'No' : left} codes are left`}
        note="Use a recovery code if you lose your device. Each code works once."
        action={<Button onClick={() => setAsking(true)}>Generate new codes</Button>}
      />
      {asking && (
        <ConfirmDialog
          title="Generate new recovery codes?"
          confirm="Generate new codes"
          busy={renew.isPending}
          onConfirm={() => renew.mutate()}
          onClose={() => setAsking(false)}
        >
          Your existing codes stop working.
        </ConfirmDialog>
      )}
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </Section>
  )
}
