import type { Task } from '@bifrost/contract'
import { FromScreen, pathOf, routes, type ToScreen } from '@bifrost/contract'
import { useEffect, useRef, useState } from 'react'
import { useTheme } from '../../app/theme.ts'
import { Button } from '../../components/Button.tsx'
import { InlineProblem, SkeletonRows } from '../../components/states.tsx'
import { useMediaQuery } from '../../components/use-media-query.ts'
import { explain, fieldErrorsOf } from '../../errors.ts'
import type { useTaskActions } from './use-task-actions.ts'

const HEIGHT_MAX = 6_000
/** A frame that has not spoken by then will not: its script failed before it could say so, or never came. */
const READY_MS = 15_000

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

  const receive = (message: FromScreen) => {
    switch (message.type) {
      case 'ready':
        setStage((before) => (before.is === 'failed' ? before : { is: 'shown' }))
        break
      case 'height':
        setHeight(Math.min(HEIGHT_MAX, message.height + 8))
        break
      case 'complete':
        if (!complete.isPending) complete.mutate(message.value)
        break
      case 'cancel':
        if (!cancel.isPending) cancel.mutate(message.comment)
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

  useEffect(() => {
    const listen = (event: MessageEvent) => {
      // The origin of the frame is opaque, so its window is what tells it apart.
      if (event.source !== frame.current?.contentWindow || event.origin !== 'null') return
      const parsed = FromScreen.safeParse(event.data)
      if (parsed.success) latest.current(parsed.data)
    }
    window.addEventListener('message', listen)
    return () => window.removeEventListener('message', listen)
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
          message: 'It did not start. Its script may have failed, or the connection.',
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
          Something in this screen has failed: <span className="font-mono text-xs">{trouble}</span>
        </InlineProblem>
      )}
      <iframe
        ref={frame}
        title={task.title}
        sandbox="allow-scripts"
        src={pathOf(routes.getTaskScreen, { id: task.id })}
        style={{ height }}
        className={stage.is === 'loading' ? 'sr-only' : 'block w-full'}
      />
    </>
  )
}
