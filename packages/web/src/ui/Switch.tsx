import { Switch as Radix } from 'radix-ui'

/** On or off, at once. */
export function Switch({
  checked,
  onChange,
  ...rest
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  id?: string
  disabled?: boolean
  onBlur?: () => void
  'aria-label'?: string
  'aria-describedby'?: string | undefined
}) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={onChange}
      className="relative h-5 w-9 shrink-0 rounded-full bg-edge transition-colors data-[state=checked]:bg-accent disabled:opacity-50"
      {...rest}
    >
      <Radix.Thumb className="block size-4 translate-x-0.5 rounded-full bg-[light-dark(#fff,var(--color-canvas))] shadow-lift transition-transform data-[state=checked]:translate-x-[18px]" />
    </Radix.Root>
  )
}
