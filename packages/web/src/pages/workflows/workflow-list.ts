import type { WorkflowSummary, WorkspaceProblem } from '@bifrost/contract'
import { defineList, type FilterOf, oneOf, text } from '../../ui/list-search.ts'

export const typeFilters = ['all', 'workflow', 'tool', 'data_provider', 'problem'] as const
export type TypeFilter = (typeof typeFilters)[number]

export const workflowList = defineList('workflows', { q: text, type: oneOf(typeFilters), tag: text })

export type WorkflowFilter = FilterOf<typeof workflowList>

/** Narrows the workflows to what is asked for and groups them by category, `General` last. */
export function arrange(
  workflows: readonly WorkflowSummary[],
  allProblems: readonly WorkspaceProblem[],
  { q = '', type, tag }: WorkflowFilter,
) {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const matching = workflows.filter(
    (workflow) =>
      words.every((word) => textOf(workflow).includes(word)) && (!tag || workflow.tags.includes(tag)),
  )
  const problems = tag
    ? []
    : allProblems.filter(({ path, message }) =>
        words.every((word) => `${path} ${message}`.toLowerCase().includes(word)),
      )
  const counts: Record<TypeFilter, number> = {
    all: matching.length + problems.length,
    workflow: matching.filter((one) => one.type === 'workflow').length,
    tool: matching.filter((one) => one.type === 'tool').length,
    data_provider: matching.filter((one) => one.type === 'data_provider').length,
    problem: matching.filter((one) => one.status !== 'active').length + problems.length,
  }
  const items = matching.filter((one) =>
    type === 'problem' ? one.status !== 'active' : !type || one.type === type,
  )
  const shownProblems = !type || type === 'problem' ? problems : []
  return {
    groups: byCategory(items),
    problems: shownProblems,
    counts,
    tags: [...new Set(workflows.flatMap((one) => one.tags))].sort(),
    shown: items.length + shownProblems.length,
  }
}

const textOf = (one: WorkflowSummary) =>
  `${one.name} ${one.description} ${one.tags.join(' ')} ${one.path} ${one.category}`.toLowerCase()

function byCategory(items: readonly WorkflowSummary[]) {
  const groups = Map.groupBy(items, (one) => one.category)
  return [...groups]
    .map(([category, members]) => ({
      category,
      items: members.toSorted((a, b) => a.name.localeCompare(b.name)),
    }))
    .sort((a, b) => rank(a.category) - rank(b.category) || a.category.localeCompare(b.category))
}

const rank = (category: string) => (category === 'General' ? 1 : 0)
