import type { WorkflowSummary } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { SquarePen } from 'lucide-react'
import { useMay } from '../../app/session.ts'
import { formatCount } from '../../format.ts'
import { paths } from '../../paths.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { CodeSample } from '../../ui/CodeSample.tsx'
import { workflowQueries } from '../workflows/queries.ts'

const sample = `import { workflow } from 'bifrost'

/**
 * Says hello.
 * @param name The person to greet
 */
export const greet = workflow(async (name: string) => {
  return \`Hello, \${name}\`
})`

/** How often a page without workflows looks for some. */
const NEWS_MS = 5_000

const runnableOf = (items: readonly WorkflowSummary[] = []) =>
  items.filter(({ status }) => status === 'active')

/** What to do where nothing has run yet. */
export function FirstSteps() {
  const may = useMay()
  const workflows = useQuery({
    ...workflowQueries.list(),
    // Just after a start the files are still being read, and the first one may just be written.
    refetchInterval: ({ state }) => (runnableOf(state.data?.items).length > 0 ? false : NEWS_MS),
  })
  const runnable = runnableOf(workflows.data?.items)
  const first = easiest(runnable)
  return (
    <div className="grid max-w-3xl gap-6">
      <p className="text-lg text-muted">Nothing has run yet. Follow three steps to your first result:</p>
      <ol className="grid gap-5">
        <Step number={1} title="Write a function in a workspace file">
          <CodeSample code={sample} label="the sample" />
          {may('file:write') && (
            <ButtonLink size="sm" icon={SquarePen} to="/editor" className="mt-2">
              Open the editor
            </ButtonLink>
          )}
        </Step>
        <Step number={2} title="Save it">
          <p className="text-muted">
            It appears under Workflows at once, with a form made from its signature.
            {runnable.length > 0 &&
              ` ${formatCount(runnable.length, 'function')} of this workspace can run already.`}
          </p>
        </Step>
        <Step number={3} title="Run it, and watch">
          <p className="mb-3 text-muted">
            Logs arrive while it runs, the result and its variables at the end.
          </p>
          <div className="flex flex-wrap gap-2">
            {first && (
              <ButtonLink look="primary" href={paths.workflow(first.name)}>
                Run {first.name}
              </ButtonLink>
            )}
            <ButtonLink to="/workflows">See all workflows</ButtonLink>
          </div>
        </Step>
      </ol>
    </div>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: React.ReactNode }) {
  return (
    <li className="flex gap-4">
      <span
        aria-hidden
        className="tabular mt-0.5 grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent"
      >
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <h2 className="mb-1.5 font-semibold">{title}</h2>
        {children}
      </div>
    </li>
  )
}

/** The workflow that a newcomer can run with the least typing; a greeting, if there is one. */
function easiest(workflows: readonly WorkflowSummary[]): WorkflowSummary | undefined {
  const effort = ({ name, parameters, tags }: WorkflowSummary) =>
    parameters.filter(({ required }) => required).length -
    (/^(hello|greet)/i.test(name) ? 10 : 0) +
    (/fail|slow|broken/i.test(`${name} ${tags.join(' ')}`) ? 20 : 0)
  return workflows.filter(({ type }) => type === 'workflow').toSorted((a, b) => effort(a) - effort(b))[0]
}
