import type { Task } from '@bifrost/contract'
import { FromScreen, routes, type ToScreen } from '@bifrost/contract'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { addressOf } from '../../app/acting.ts'
import { useTheme } from '../../app/theme.ts'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { InlineProblem, SkeletonRows } from '../../ui/states.tsx'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { ScreenAsks } from './ScreenAsks.tsx'
import type { useTaskActions } from './use-task-actions.ts'

const HEIGHT_MAX = 6_000
type Decision = Extract<FromScreen, { type: 'complete' | 'cancel' }>

/** A frame that has not spoken by then will not: its script failed before it could say so, or never came. */
const READY_MS = 15_000

/** How a press of a key or a button may come later than what it made the screen say: they travel apart. */
const USED_MS = 250

type Stage = { is: 'loading' } | { is: 'shown' } | { is: 'failed'; message: string }

/**
 * A React component of the workspace in a frame on an origin of its own: it has no session, no network and no way to
 * this page but messages, which are looked at one by one.
 */
export function ScreenFrame({ task, actions }: { task: Task; actions: ReturnType<typeof useTaskActions> }) {
  const [attempt, setAttempt] = useState(0)
  return <Frame key={attempt} task={task} actions={actions} onAgain={() => setAttempt(attempt + 1)} />
}

function Frame({
  task,
  actions,
  onAgain,
}: {
  task: Task
  actions: ReturnType<typeof useTaskActions>
  onAgain: () => void
}) {
  const frame = useRef<HTMLIFrameElement>(null)
  const [stage, setStage] = useState<Stage>({ is: 'loading' })
  const [height, setHeight] = useState(120)
  const theme = useTheme()
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)')
  const dark = theme === 'dark' || (theme === 'system' && systemIsDark)
  /** Something went wrong in it, and it is still there. */
  const [trouble, setTrouble] = useState<string | null>(null)
  /** What the screen wants to do before a person has used it. */
  const [asked, setAsked] = useState<Decision | null>(null)
  /** A person has pressed a key or a button in it. */
  const used = useRef(false)
  const { complete, cancel, saveDraft } = actions
  const errors = fieldErrorsOf(complete.error)

  const state: ToScreen = {
    bifrost: 1,
    theme: dark ? 'dark' : 'light',
    title: task.title,
    props: task.props,
    draft: task.draft,
    fields: task.fields,
    isBusy: complete.isPending || cancel.isPending,
    fieldErrors: Object.fromEntries(errors.map(({ field, message }) => [field, message])),
    error: complete.error && errors.length === 0 ? explain(complete.error).message : null,
  }
  const told = JSON.stringify(state)

  const decide = (decision: Decision) => {
    setAsked(null)
    if (complete.isPending || cancel.isPending) return
    if (decision.type === 'complete') complete.mutate(decision.value)
    else cancel.mutate(decision.comment)
  }
  const receive = (message: FromScreen) => {
    switch (message.type) {
      case 'ready':
        setStage((before) => (before.is === 'failed' ? before : { is: 'shown' }))
        break
      case 'height':
        setHeight(Math.min(HEIGHT_MAX, message.height + 8))
        break
      case 'complete':
      case 'cancel':
        if (used.current) decide(message)
        else setTimeout(() => (used.current ? decide(message) : setAsked(message)), USED_MS)
        break
      case 'draft':
        saveDraft.mutate(message.value)
        break
      case 'failed':
        if (message.isShown) setTrouble(message.message)
        else setStage({ is: 'failed', message: message.message })
    }
  }
  const latest = useRef(receive)
  latest.current = receive

  // Before the frame can have said anything.
  useLayoutEffect(() => {
    let isFirst = true
    let port: MessagePort | undefined
    const listen = (event: MessageEvent) => {
      // The origin of the frame is opaque, so its window is what tells it apart.
      if (event.source !== frame.current?.contentWindow || event.origin !== 'null') return
      const parsed = FromScreen.safeParse(event.data)
      // The platform's script in the frame speaks first, and authors' code could only say so later.
      if (isFirst && parsed.data?.type === 'watch') {
        port = event.ports[0]
        if (port)
          port.onmessage = () => {
            used.current = true
          }
      }
      isFirst = false
      if (parsed.success) latest.current(parsed.data)
    }
    window.addEventListener('message', listen)
    return () => {
      window.removeEventListener('message', listen)
      port?.close()
    }
  }, [])

  useEffect(() => {
    // An opaque origin cannot be named; our policy keeps the frame on our own address.
    if (stage.is === 'shown') frame.current?.contentWindow?.postMessage(JSON.parse(told), '*')
  }, [stage, told])

  useEffect(() => {
    if (stage.is !== 'loading') return
    const timer = setTimeout(
      () =>
        setStage({
          is: 'failed',
          message: 'Couldn’t start the screen. Its script or the connection may have failed.',
        }),
      READY_MS,
    )
    return () => clearTimeout(timer)
  }, [stage])

  if (stage.is === 'failed')
    return (
      <InlineProblem>
        <p className="font-medium">This screen has failed. The task stays open.</p>
        <p className="mt-1 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{stage.message}</p>
        <Button size="sm" className="mt-2" onClick={onAgain}>
          Show it again
        </Button>
      </InlineProblem>
    )
  return (
    <>
      {stage.is === 'loading' && <SkeletonRows rows={3} />}
      {trouble && (
        <InlineProblem>
          An error occurred in this screen: <span className="font-mono text-xs">{trouble}</span>
        </InlineProblem>
      )}
      {asked && (
        <ScreenAsks
          declines={asked.type === 'cancel'}
          onConfirm={() => decide(asked)}
          onClose={() => setAsked(null)}
        />
      )}
      <iframe
        ref={frame}
        title={task.title}
        sandbox="allow-scripts"
        src={addressOf(routes.getTaskScreen, { id: task.id })}
        style={{ height }}
        className={stage.is === 'loading' ? 'sr-only' : 'block w-full'}
      />
    </>
  )
}
