import { type ReactNode, useEffect, useState } from 'react'

const typingPauseMs = 250

/** Tells what was typed once the typing pauses, so that each letter is not a request. */
export function Paused({
  value,
  onChange,
  children,
}: {
  value: string
  onChange: (value: string) => void
  children: (text: string, setText: (text: string) => void) => ReactNode
}) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts the pause
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), typingPauseMs)
    return () => clearTimeout(timer)
  }, [text])
  return children(text, setText)
}
