import { useCallback, useEffect, useRef } from 'react'

/**
 * Does something at once, or, while the pointer is pressed, once it is let go. What moves the page between press and
 * release takes the click away from the button that was pressed; a field is left on the press.
 */
export function useAfterPress(): (action: () => void) => void {
  const waiting = useRef<(() => void)[] | null>(null)
  useEffect(() => {
    const press = () => {
      waiting.current ??= []
    }
    const release = () => {
      const actions = waiting.current ?? []
      waiting.current = null
      // The click comes after the release, and must find the button where it was.
      setTimeout(() => {
        for (const action of actions) action()
      })
    }
    const releases = ['pointerup', 'pointercancel', 'dragend'] as const
    document.addEventListener('pointerdown', press, true)
    for (const name of releases) document.addEventListener(name, release, true)
    return () => {
      document.removeEventListener('pointerdown', press, true)
      for (const name of releases) document.removeEventListener(name, release, true)
    }
  }, [])
  return useCallback((action) => {
    if (waiting.current) waiting.current.push(action)
    else action()
  }, [])
}
