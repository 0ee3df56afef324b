import type { Task } from '@bifrost/contract'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Field } from '../../ui/Field.tsx'
import { Section } from '../../ui/Page.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { activityText } from './task-words.ts'

/** Who did what with the task, and what they said; one can add to it while the task waits. */
export function TaskActivityList({
  task,
  busy,
  onComment,
}: {
  task: Task
  busy: boolean
  onComment: (text: string, done: () => void) => void
}) {
  const [text, setText] = useState('')
  return (
    <Section title="Activity">
      <ol className="flex flex-col gap-3">
        {task.activity.map((one) => (
          <li key={one.at + one.action} className="text-sm">
            <span className="text-muted">{activityText(one)}</span>{' '}
            <TimeAgo at={one.at} className="text-xs text-faint" />
            {one.text && (
              <p className="mt-1 rounded-md bg-sunken px-3 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
                {one.text}
              </p>
            )}
          </li>
        ))}
      </ol>
      {task.actions.includes('comment') && (
        <form
          className="mt-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (text.trim() !== '') onComment(text.trim(), () => setText(''))
          }}
        >
          <Field label="Comment">
            {({ id }) => (
              <textarea
                id={id}
                rows={2}
                maxLength={4000}
                value={text}
                onChange={(event) => setText(event.target.value)}
                className="control w-full resize-y"
              />
            )}
          </Field>
          <Button type="submit" size="sm" className="mt-2" busy={busy} disabled={text.trim() === ''}>
            Comment
          </Button>
        </form>
      )}
    </Section>
  )
}
