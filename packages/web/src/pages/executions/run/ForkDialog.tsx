import { type Execution, type Json, routes, type Step } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { GitFork } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../../app/api.ts'
import { explain } from '../../../errors.ts'
import { formatCount } from '../../../format.ts'
import { paths } from '../../../paths.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { QueryView } from '../../../ui/QueryView.tsx'
import { InlineProblem } from '../../../ui/states.tsx'
import { readEdits } from './fork-edits.ts'

/** More than these are kept as they are; a loop of thousands is not edited by hand. */
const editableMax = 50

/** A new run from a step of this one: which steps it keeps, with outputs that can be edited, and its input. */
export function ForkDialog({
  execution,
  steps,
  from,
  onClose,
}: {
  execution: Execution
  steps: readonly Step[]
  from: Step
  onClose: () => void
}) {
  const { id } = execution
  const navigate = useNavigate()
  const client = useQueryClient()
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(new Map())
  const [input, setInput] = useState<string | null>(null)
  const plan = useQuery({
    queryKey: ['executions', 'fork-plan', id, from.key],
    queryFn: ({ signal }) =>
      api(routes.forkExecution, { params: { id }, body: { from_step: from.key, dry_run: true }, signal }),
    gcTime: 0,
  })
  const edits = readEdits(texts, input)
  const fork = useMutation({
    mutationFn: () =>
      api(routes.forkExecution, { params: { id }, body: { from_step: from.key, ...edits.body } }),
    onSuccess: async ({ execution_id }) => {
      void client.invalidateQueries({ queryKey: ['executions'] })
      if (execution_id) await navigate({ href: paths.execution(execution_id) })
    },
  })
  const kept = new Set(plan.data?.kept)
  const editable = steps.filter((step) => kept.has(step.key) && step.kind !== 'sleep')
  const edit = (key: string, text: string) => setTexts(new Map(texts).set(key, text))
  return (
    <Dialog title={`Fork from ${from.name}`} onClose={onClose} className="w-[min(40rem,calc(100vw-2rem))]">
      <QueryView query={plan} rows={3} isInline>
        {(data) => (
          <div className="grid gap-3">
            <p className="text-muted">
              A new run of the same code. It keeps the outputs of {formatCount(data.kept.length, 'step')} and
              runs the rest, starting with <span className="font-medium text-ink">{from.name}</span>. This run
              does not change.
            </p>
            <JsonEdit
              label="Input"
              value={execution.input}
              text={input}
              problem={edits.problems.get('')}
              onEdit={setInput}
            />
            {editable.slice(0, editableMax).map((step) => (
              <JsonEdit
                key={step.key}
                label={`Output of ${step.key}`}
                value={step.output}
                text={texts.get(step.key) ?? null}
                problem={edits.problems.get(step.key)}
                onEdit={(text) => edit(step.key, text)}
              />
            ))}
            {editable.length > editableMax && (
              <p className="text-sm text-faint">
                {formatCount(editable.length - editableMax, 'more step')} kept as they are; the API can edit
                them.
              </p>
            )}
          </div>
        )}
      </QueryView>
      {fork.isError && (
        <div className="mt-3">
          <InlineProblem>{explain(fork.error).message}</InlineProblem>
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Button
          data-autofocus
          look="primary"
          icon={GitFork}
          busy={fork.isPending}
          disabled={!plan.data || edits.problems.size > 0}
          onClick={() => fork.mutate()}
        >
          Fork
        </Button>
      </div>
    </Dialog>
  )
}

/** A value that opens for editing; untouched, the old one is taken. */
function JsonEdit({
  label,
  value,
  text,
  problem,
  onEdit,
}: {
  label: string
  value: Json
  text: string | null
  problem: string | undefined
  onEdit: (text: string) => void
}) {
  return (
    <details className="rounded-md border border-line">
      <summary className="cursor-pointer px-3 py-1.5 text-sm [overflow-wrap:anywhere]">
        {label}
        {text !== null && <span className="ml-2 text-xs text-warn">edited</span>}
      </summary>
      <div className="border-t border-line p-2">
        <textarea
          aria-label={label}
          aria-invalid={problem !== undefined}
          spellCheck={false}
          rows={6}
          className="control h-auto w-full py-1.5 font-mono text-xs"
          value={text ?? JSON.stringify(value, null, 2)}
          onChange={(event) => onEdit(event.target.value)}
        />
        {problem && <p className="mt-1 text-sm text-bad">{problem}</p>}
      </div>
    </details>
  )
}
