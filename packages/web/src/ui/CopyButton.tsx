import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './Button.tsx'
import { notify } from './notices.tsx'

/** Copies a text and says so for a moment. With `text` absent from view it is an icon button. */
export function CopyButton({
  text,
  label = 'Copy',
  iconOnly = true,
}: {
  text: string | (() => string)
  label?: string
  iconOnly?: boolean
}) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
      setCopied(true)
    } catch {
      notify.error('The browser did not allow copying. Select the text and copy it by hand.')
    }
  }
  const icon = copied ? Check : Copy
  const name = copied ? 'Copied' : label
  return iconOnly ? (
    <IconButton label={name} icon={icon} size="sm" onClick={copy} />
  ) : (
    <Button icon={icon} size="sm" onClick={copy}>
      {name}
    </Button>
  )
}
