import type { ReactNode } from 'react'
import { useScreen } from './use-screen.ts'

/** Buttons side by side, below what they are about. */
export interface ActionsProps {
  children: ReactNode
}

/**
 * A row of buttons.
 * @example <Actions><Button onClick={() => complete({ ok: true })}>Approve</Button></Actions>
 */
export function Actions({ children }: ActionsProps) {
  return <div className="actions">{children}</div>
}

/** What a button does and how much it stands out. */
export interface ButtonProps {
  children: ReactNode
  onClick: () => void
  /** `primary` for the one that most people want, `danger` for the one that refuses; plain when absent. */
  look?: 'primary' | 'danger'
  disabled?: boolean
}

/** A button; while an answer is being sent it cannot be pressed. */
export function Button({ children, onClick, look, disabled = false }: ButtonProps) {
  const { isBusy } = useScreen()
  return (
    <button type="button" className={look} disabled={disabled || isBusy} onClick={onClick}>
      {children}
    </button>
  )
}
