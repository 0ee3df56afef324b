import type { Task } from '@bifrost/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { CornerUpLeft, Hand, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import { useMe } from '../../app/session.ts'
import { formatDateTime } from '../../format.ts'
import { Button } from '../../ui/Button.tsx'
import { JsonTree } from '../../ui/JsonTree.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/Page.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { DueTag } from './DueTag.tsx'
import { PropsView } from './PropsView.tsx'
import { taskQueries } from './queries.ts'
import { ReasonDialog } from './ReasonDialog.tsx'
import { ScreenFrame } from './ScreenFrame.tsx'
import { SendBackDialog } from './SendBackDialog.tsx'
import { TaskActivityList } from './TaskActivityList.tsx'
import { TaskForm } from './TaskForm.tsx'
import { assigneeText, statusWords } from './task-words.ts'
import { useTaskActions } from './use-task-actions.ts'

const route = getRouteApi('/shell/tasks/$id')

export function TaskPage() {
  const { id } = route.useParams()
  return <TaskView key={id} id={id} />
}

/** One task: what the run wants to know, the screen to answer it, and what has happened. */
function TaskView({ id }: { id: string }) {
  const { data: task } = useSuspenseQuery({ ...taskQueries.one(id), refetchInterval: 5_000 })
  const actions = useTaskActions(id)
  const [declining, setDeclining] = useState(false)
  const [sending, setSending] = useState(false)
  const may = (action: Task['actions'][number]) => task.actions.includes(action)
  return (
    <Page
      title={task.title}
      heading={<TaskHeading task={task} />}
      actions={
        <>
          {may('claim') && (
            <Button icon={Hand} busy={actions.claim.isPending} onClick={() => actions.claim.mutate()}>
              Claim
            </Button>
          )}
          {may('release') && (
            <Button icon={Undo2} busy={actions.release.isPending} onClick={() => actions.release.mutate()}>
              Release
            </Button>
          )}
          {may('send_back') && (
            <Button icon={CornerUpLeft} onClick={() => setSending(true)}>
              Send back
            </Button>
          )}
          {may('cancel') && (
            <Button look="danger" icon={X} onClick={() => setDeclining(true)}>
              Decline
            </Button>
          )}
        </>
      }
    >
      <div className="grid grid-cols-1 gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,19rem)]">
        <div className="flex min-w-0 flex-col gap-6">
          {task.description && <p className="max-w-2xl whitespace-pre-wrap">{task.description}</p>}
          {showsDetails(task) && <PropsView props={task.props} />}
          <Answer task={task} actions={actions} />
        </div>
        <TaskActivityList task={task} onComment={(text) => actions.comment.mutateAsync(text)} />
      </div>
      {sending && (
        <SendBackDialog
          task={task}
          onConfirm={(to, comment) =>
            actions.sendBack.mutateAsync({ to, comment }, { onSettled: () => setSending(false) })
          }
          onClose={() => setSending(false)}
        />
      )}
      {declining && (
        <ReasonDialog
          title={`Decline ${task.title}?`}
          confirm="Decline"
          onConfirm={(reason) => actions.cancel.mutateAsync(reason, { onSettled: () => setDeclining(false) })}
          onClose={() => setDeclining(false)}
        >
          The run is told that there will be no answer. Most workflows then end.
        </ReasonDialog>
      )}
    </Page>
  )
}

/** A screen of the workspace shows the details itself, to those who may answer it now. */
const showsDetails = ({ component, status, actions }: Task): boolean =>
  component === null || !(status === 'open' || status === 'claimed') || !actions.includes('complete')

function Answer({ task, actions }: { task: Task; actions: ReturnType<typeof useTaskActions> }) {
  if (task.status === 'done')
    return (
      <Section title="Answer">
        <JsonTree value={task.output} label="Answer" />
      </Section>
    )
  if (task.status !== 'open' && task.status !== 'claimed') return null
  if (!task.actions.includes('complete'))
    return (
      <p className="text-muted">
        {task.claimed_by
          ? `${task.claimed_by.name} works on this.`
          : `This is for someone else: ${assigneeText(task, '').toLowerCase()}.`}
      </p>
    )
  return (
    <Section title="Your answer">
      {task.component !== null ? (
        <ScreenFrame task={task} actions={actions} />
      ) : (
        <TaskForm
          task={task}
          fields={task.fields ?? []}
          busy={actions.complete.isPending}
          failed={actions.complete.error}
          onComplete={(output) => actions.complete.mutate(output)}
          onDraft={(draft) =>
            actions.saveDraft.mutate(draft, { onSuccess: () => notify.done('Draft saved') })
          }
        />
      )}
    </Section>
  )
}

const tones = {
  open: 'accent',
  claimed: 'accent',
  done: 'plain',
  cancelled: 'plain',
  expired: 'bad',
} as const

function TaskHeading({ task }: { task: Task }) {
  const me = useMe()
  const facts: [string, React.ReactNode][] = [
    [
      'Run',
      <Link
        key="run"
        to="/history/$id"
        params={{ id: task.execution_id }}
        className="hover:text-accent hover:underline"
      >
        {task.workflow_name}
      </Link>,
    ],
    ['For', assigneeText(task, me.id)],
    ['Since', <TimeAgo key="since" at={task.created_at} />],
    ...(task.due_at && !task.closed_at
      ? [['Due', <DueTag key="due" task={task} />] as [string, React.ReactNode]]
      : []),
    ...(task.expires_at && !task.closed_at
      ? [['The run waits until', formatDateTime(task.expires_at)] as [string, React.ReactNode]]
      : []),
  ]
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-1 text-sm text-faint">
        <Link to="/tasks" className="rounded-sm hover:text-ink hover:underline">
          Tasks
        </Link>
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-2xl font-semibold tracking-[-0.015em] [overflow-wrap:anywhere]">{task.title}</h1>
        <output>
          <Tag tone={tones[task.status]}>{statusWords[task.status]}</Tag>
        </output>
      </div>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {facts.map(([term, value]) => (
          <div key={term} className="flex gap-1.5">
            <dt className="text-faint">{term}</dt>
            <dd className="text-muted">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
