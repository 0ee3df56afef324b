import type { MailReason, OutboxMail } from './outbox.ts'

const subjects: Record<MailReason, string> = {
  assigned: 'Waiting for you',
  reminder: 'Due now',
  escalated: 'Assigned to you',
  sent_back: 'Sent back to you',
}
const reasons: Record<MailReason, string> = {
  assigned: 'is waiting for your answer',
  reminder: 'is still waiting for your answer and is due now',
  escalated: 'was not answered in time and was assigned to you',
  sent_back: 'was sent back to you',
}

/**
 * The email about a task: what it is and where to find it, and nothing of what the run shows, because
 * mail goes over many hands.
 */
export function taskEmail(mail: OutboxMail, publicUrl: string): { subject: string; text: string } {
  const title = mail.title.replaceAll(/\s+/g, ' ')
  const due = mail.due_at ? [`Due ${mail.due_at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`, ''] : []
  const comment = mail.reason === 'sent_back' && mail.comment ? [mail.comment, ''] : []
  const lines = [
    `Hello ${mail.person},`,
    '',
    `"${title}" of the workflow ${mail.workflow_name} ${reasons[mail.reason]}.`,
    '',
    ...comment,
    ...(mail.description ? [mail.description, ''] : []),
    ...due,
    `${publicUrl}/tasks/${mail.task_id}`,
    '',
  ]
  return { subject: `${subjects[mail.reason]}: ${title}`, text: lines.join('\n') }
}
