import type { Task } from '@bifrost/contract'
import { useForm, useWatch } from 'react-hook-form'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { TextAreaField } from '../../ui/fields.tsx'
import { Section } from '../../ui/Page.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { activityText } from './task-words.ts'

/** Who did what with the task, and what they said; one can add to it while the task waits. */
export function TaskActivityList({
  task,
  onComment,
}: {
  task: Task
  /** Says itself what failed. */
  onComment: (text: string) => Promise<unknown>
}) {
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
      {task.actions.includes('comment') && <CommentForm onComment={onComment} />}
    </Section>
  )
}

function CommentForm({ onComment }: { onComment: (text: string) => Promise<unknown> }) {
  const form = useForm({ defaultValues: { text: '' } })
  const text = useWatch({ control: form.control, name: 'text' })
  return (
    <Form
      form={form}
      save={(values) => onComment(values.text.trim())}
      onSaved={() => form.reset()}
      explainError={() => null}
      className="mt-4 !gap-2"
    >
      <TextAreaField
        control={form.control}
        name="text"
        label="Comment"
        rows={2}
        maxLength={4000}
        look="resize-y"
        spellCheck
      />
      <SubmitButton look="plain" size="sm" className="justify-self-start" disabled={text.trim() === ''}>
        Comment
      </SubmitButton>
    </Form>
  )
}
