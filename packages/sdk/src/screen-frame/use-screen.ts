import type { FromScreen, Parameter, ToScreen } from '@bifrost/contract'
import { useSyncExternalStore } from 'react'

/** Any JSON value. */
export type ScreenValue = string | number | boolean | null | ScreenValue[] | { [key: string]: ScreenValue }

/** What a screen knows, and what it can do. */
export interface Screen<Props> {
  /** What the workflow gave to `screen`. */
  readonly props: Props
  readonly title: string
  /** What `saveDraft` kept last, or what was answered before the run was sent back; else null. */
  readonly draft: ScreenValue
  /** The fields of the answer, from `output`. */
  readonly fields: Parameter[] | null
  /** An answer is on its way. */
  readonly isBusy: boolean
  /** What the server said is wrong with the last answer, by dotted path: `lines.0.count`. */
  readonly fieldErrors: { readonly [field: string]: string }
  /** What was wrong with it as a whole. */
  readonly error: string | null
  readonly theme: 'light' | 'dark'
  /**
   * Answers the task, once the person has used the screen; before that the page asks them whether it may. The server checks it; what does not fit comes back in `fieldErrors`, and the task stays open.
   */
  complete(result: unknown): void
  /** Declines the task: `screen` throws in the workflow. */
  cancel(comment?: string): void
  /** Keeps an unfinished answer. */
  saveDraft(value: unknown): void
}

let state: ToScreen | null = null
const listeners = new Set<() => void>()

/** The page has said something new. */
export function setState(next: ToScreen): void {
  state = next
  for (const listener of listeners) listener()
}

type Said = FromScreen extends infer M ? (M extends unknown ? Omit<M, 'bifrost'> : never) : never

// The frame's own origin is opaque; the page around it is the one that it was loaded from.
export const pageOrigin = () => new URL(window.location.href).origin

/** Tells the page around the frame, and no other page. */
export const say = (message: Said): void =>
  window.parent.postMessage({ bifrost: 1, ...message }, pageOrigin())

export const isFromPage = (event: MessageEvent): boolean =>
  event.source === window.parent && event.origin === pageOrigin()

const actions = {
  complete: (result: unknown) => say({ type: 'complete', value: plain(result) }),
  cancel: (comment = '') => say({ type: 'cancel', comment: String(comment) }),
  saveDraft: (value: unknown) => say({ type: 'draft', value: plain(value) }),
}

/** As JSON has it: what it has not is an error here, where its author sees it. */
function plain(value: unknown): ScreenValue {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('An answer must be JSON.')
  return JSON.parse(text) as ScreenValue
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * What the workflow asks, and the ways to answer.
 * @example
 * const { props, complete, isBusy } = useScreen<{ order: Order }>()
 * return <button disabled={isBusy} onClick={() => complete({ approved: true })}>Approve {props.order.id}</button>
 */
export function useScreen<Props = { [name: string]: ScreenValue }>(): Screen<Props> {
  const now = useSyncExternalStore(subscribe, () => state)
  if (!now) throw new Error('useScreen works inside a screen only.')
  return { ...now, props: now.props as Props, draft: now.draft as ScreenValue, ...actions }
}
