import { languageOf, type Workflow, type WorkflowSummary } from '@bifrost/contract'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'

export const summaryOf = (
  { id, orgId, definition, path, status, error }: WorkflowRow,
  last: WorkflowSummary['last_execution'],
): WorkflowSummary => ({
  id,
  org_id: orgId,
  name: definition.name,
  description: definition.description,
  category: definition.category,
  tags: definition.tags,
  type: definition.type,
  language: languageOf(path),
  path,
  parameters: definition.parameters,
  execution_mode: definition.executionMode,
  schedule: definition.schedule,
  // A workflow that was read before there were columns has none.
  columns: definition.columns ?? [],
  is_tool: definition.type === 'tool',
  endpoint_enabled: definition.endpointEnabled,
  status,
  error,
  warnings: definition.warnings,
  last_execution: last,
})

export const workflowOf = (
  row: WorkflowRow,
  last: WorkflowSummary['last_execution'],
  sourceShown: boolean,
): Workflow => {
  const { definition } = row
  return {
    ...summaryOf(row, last),
    export_name: definition.exportName,
    line: definition.line,
    timeout_seconds: definition.timeoutSeconds,
    retry_policy: definition.retryPolicy,
    flow_control: definition.flowControl ?? null,
    start_on: definition.startOn ?? null,
    cancel_on: definition.cancelOn ?? [],
    allowed_methods: definition.allowedMethods,
    disable_global_key: definition.disableGlobalKey,
    public_endpoint: definition.publicEndpoint,
    tool_description: definition.toolDescription,
    cache_ttl_seconds: definition.cacheTtlSeconds,
    time_saved: definition.timeSaved,
    value: definition.value,
    // A workflow that was read before there were graphs has none.
    graph: definition.graph ?? null,
    code_version: row.codeVersion,
    source_shown: sourceShown,
    updated_at: row.updatedAt.toISOString(),
  }
}
