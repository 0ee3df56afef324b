import { useEffect, useRef, useState } from 'react'

const typingPauseMs = 250

/** A text that is told once the typing pauses, so that each letter is not a request. */
export function usePausedText(
  value: string,
  onChange: (value: string) => void,
): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(value)
  const told = useRef<string[]>([])
  // What was told comes back as the value, maybe after more was typed; only another value replaces what is typed.
  useEffect(() => {
    const at = told.current.indexOf(value)
    if (at < 0) setText(value)
    else told.current.splice(0, at + 1)
  }, [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts the pause
  useEffect(() => {
    if (text === (told.current.at(-1) ?? value)) return
    const timer = setTimeout(() => {
      told.current.push(text)
      onChange(text)
    }, typingPauseMs)
    return () => clearTimeout(timer)
  }, [text])
  return [text, setText]
}
