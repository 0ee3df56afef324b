import {
  type AccountRole,
  type AuditFilter,
  type ExecutionStatus,
  type FileLocation,
  type RowOrder,
  routes,
  type TaskStatus,
  type Trigger,
  type Where,
} from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from './api.ts'
import { whoIsIn } from './who-is-in.ts'
import { allForms, allSchedules, allWorkflows, lastDay, latestSteps } from './whole-lists.ts'

/** What a list of runs is narrowed to, as the API takes it. */
export interface ExecutionFilters {
  workflow?: string | undefined
  status?: ExecutionStatus[] | undefined
  trigger?: Trigger | undefined
  search?: string | undefined
  column?: string[] | undefined
  form?: string | undefined
  since?: string | undefined
  until?: string | undefined
}

/** What the log of events is narrowed to, as the API takes it. */
export interface EventFilters {
  name?: string
  key?: string
  search?: string
  failed?: boolean
}

/** Which tasks a list shows, as the API takes it. */
export interface TaskFilters {
  assignee?: 'me' | 'unclaimed' | 'all'
  status?: TaskStatus[]
  execution?: string
}

const executionPageSize = 50
const tablePageSize = 200

/** Everything the app reads, under the key that invalidates it. */
/** What the audit log is asked for. */
export type AuditFilters = Omit<AuditFilter, 'scope'>

export const queries = {
  setup: () =>
    queryOptions({ queryKey: ['setup'], queryFn: ({ signal }) => api(routes.getSetup, { signal }) }),
  /** How the signed-in person signs in. */
  security: () =>
    queryOptions({ queryKey: ['security'], queryFn: ({ signal }) => api(routes.getSecurity, { signal }) }),
  /** A new secret each time the dialog opens, and no other while it is open. */
  newTotpSecret: () =>
    queryOptions({
      queryKey: ['totp-secret'],
      queryFn: () => api(routes.startTotp),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 0,
      retry: false,
    }),
  sessions: () =>
    queryOptions({ queryKey: ['sessions'], queryFn: ({ signal }) => api(routes.listSessions, { signal }) }),
  signInPolicy: () =>
    queryOptions({
      queryKey: ['sign-in-policy'],
      queryFn: ({ signal }) => api(routes.getSignInPolicy, { signal }),
    }),
  deviceLogin: (code: string) =>
    queryOptions({
      queryKey: ['device-login', code],
      queryFn: ({ signal }) =>
        api(routes.getDeviceLogin, { query: { user_code: code.slice(0, 20) }, signal }),
      gcTime: 0,
    }),
  identityProviders: () =>
    queryOptions({
      queryKey: ['identity-providers'],
      queryFn: ({ signal }) => api(routes.listIdentityProviders, { signal }),
    }),
  /** Identity providers for everybody, and those for the domain of an address. */
  signInProviders: (email: string) =>
    queryOptions({
      queryKey: ['sign-in-providers', email.split('@')[1] ?? ''],
      queryFn: ({ signal }) => api(routes.listSignInProviders, { query: email ? { email } : {}, signal }),
      placeholderData: keepPreviousData,
    }),
  me: () =>
    queryOptions({
      queryKey: ['me'],
      queryFn: ({ signal }) => whoIsIn(signal),
      staleTime: 5 * 60_000,
      // Somebody else may have signed in through another tab.
      refetchOnWindowFocus: 'always',
    }),
  workflows: () =>
    queryOptions({
      queryKey: ['workflows', 'list'],
      queryFn: ({ signal }) => allWorkflows(signal),
      // Somebody who saved a file and comes back expects to find it.
      staleTime: 2_000,
    }),
  workflow: (name: string) =>
    queryOptions({
      queryKey: ['workflows', 'one', name],
      queryFn: ({ signal }) => api(routes.getWorkflow, { params: { id: name }, signal }),
      staleTime: 5_000,
    }),
  workflowSource: (name: string) =>
    queryOptions({
      queryKey: ['workflows', 'source', name],
      queryFn: ({ signal }) => api(routes.getWorkflowSource, { params: { id: name }, signal }),
    }),
  executions: (filters: ExecutionFilters) =>
    infiniteQueryOptions({
      queryKey: ['executions', 'list', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listExecutions, {
          query: { ...filters, limit: executionPageSize, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  /** How many runs a filter finds, on whatever page. */
  executionCount: (filters: ExecutionFilters) =>
    queryOptions({
      queryKey: ['executions', 'count', filters],
      queryFn: async ({ signal }) =>
        (await api(routes.listExecutions, { query: { ...filters, count: true, limit: 1 }, signal })).total ??
        0,
      placeholderData: keepPreviousData,
    }),
  lastDay: () =>
    queryOptions({ queryKey: ['executions', 'last-day'], queryFn: ({ signal }) => lastDay(signal) }),
  /** The newest runs, of one workflow or of all. */
  recentRuns: (limit: number, workflow?: string) =>
    queryOptions({
      queryKey: ['executions', 'recent', limit, workflow ?? null],
      queryFn: ({ signal }) => api(routes.listExecutions, { query: { workflow, limit }, signal }),
    }),
  execution: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'one', id],
      queryFn: ({ signal }) => api(routes.getExecution, { params: { id }, signal }),
    }),
  executionSteps: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'steps', id],
      queryFn: ({ signal }) => latestSteps(id, signal),
    }),
  executionAttempts: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'attempts', id],
      queryFn: async ({ signal }) =>
        (await api(routes.listExecutionAttempts, { params: { id }, signal })).items,
    }),
  /** The runs that a run started, and how many there are in each status. */
  executionChildren: (id: string, status?: ExecutionStatus[]) =>
    infiniteQueryOptions({
      queryKey: ['executions', 'children', id, status ?? null],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listExecutionChildren, {
          params: { id },
          query: { status, limit: executionPageSize, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  executionGraph: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'graph', id],
      queryFn: ({ signal }) => api(routes.getExecutionGraph, { params: { id }, signal }),
      // A run keeps the code that it began with.
      staleTime: 60 * 60_000,
    }),
  executionVariables: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'variables', id],
      queryFn: ({ signal }) => api(routes.getExecutionVariables, { params: { id }, signal }),
    }),
  tasks: (filters: TaskFilters) =>
    infiniteQueryOptions({
      queryKey: ['tasks', 'list', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listTasks, { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  task: (id: string) =>
    queryOptions({
      queryKey: ['tasks', 'one', id],
      queryFn: ({ signal }) => api(routes.getTask, { params: { id }, signal }),
    }),
  taskCounts: () =>
    queryOptions({
      queryKey: ['tasks', 'count'],
      queryFn: ({ signal }) => api(routes.countTasks, { signal }),
      refetchInterval: 10_000,
    }),
  /** What a run waits for people to do. */
  openTasksOf: (execution: string) =>
    queryOptions({
      queryKey: ['tasks', 'list', 'of', execution],
      queryFn: async ({ signal }) => (await api(routes.listTasks, { query: { execution }, signal })).items,
    }),
  /** All of the organization, or those of one workflow. */
  schedules: (workflow?: string) =>
    queryOptions({
      queryKey: ['schedules', 'list', workflow ?? null],
      queryFn: ({ signal }) => allSchedules(workflow, signal),
    }),
  schedule: (id: string) =>
    queryOptions({
      queryKey: ['schedules', 'one', id],
      queryFn: ({ signal }) => api(routes.getSchedule, { params: { id }, signal }),
    }),
  scheduleSlots: (id: string) =>
    queryOptions({
      queryKey: ['schedules', 'slots', id],
      queryFn: async ({ signal }) =>
        (await api(routes.listScheduleSlots, { params: { id }, query: { limit: 50 }, signal })).items,
    }),
  schedulePreview: (times: { cron: string; timezone: string }) =>
    queryOptions({
      queryKey: ['schedule-preview', times],
      queryFn: ({ signal }) => api(routes.previewSchedule, { body: times, signal }),
      placeholderData: keepPreviousData,
    }),
  events: (filters: EventFilters) =>
    infiniteQueryOptions({
      queryKey: ['events', 'list', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listEvents, {
          query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  event: (id: string) =>
    queryOptions({
      queryKey: ['events', 'one', id],
      queryFn: ({ signal }) => api(routes.getEvent, { params: { id }, signal }),
    }),
  egressRules: () =>
    queryOptions({ queryKey: ['egress'], queryFn: ({ signal }) => api(routes.listEgressRules, { signal }) }),
  integrations: () =>
    queryOptions({
      queryKey: ['integrations', 'list'],
      queryFn: ({ signal }) => api(routes.listIntegrations, { query: {}, signal }),
    }),
  integration: (id: string) =>
    queryOptions({
      queryKey: ['integrations', 'one', id],
      queryFn: ({ signal }) => api(routes.getIntegration, { params: { id }, signal }),
    }),
  /** Those that one uses here: own ones, and inherited ones. */
  tables: () =>
    queryOptions({
      queryKey: ['tables', 'list'],
      queryFn: async ({ signal }) => (await api(routes.listTables, { query: {}, signal })).items,
    }),
  table: (ref: string) =>
    queryOptions({
      queryKey: ['tables', 'one', ref],
      queryFn: ({ signal }) => api(routes.getTable, { params: { table: ref }, signal }),
    }),
  /** Rows page by page; the first says how many there are. */
  tableRows: (table: string, query: { where: Where; order_by: RowOrder[] }) =>
    infiniteQueryOptions({
      queryKey: ['tables', 'rows', table, query],
      queryFn: ({ pageParam, signal }) =>
        api(routes.queryTable, {
          params: { table },
          body: {
            ...query,
            limit: tablePageSize,
            ...(pageParam ? { cursor: pageParam, skip_count: true } : { estimate_count: true }),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  config: () =>
    queryOptions({
      queryKey: ['config'],
      queryFn: ({ signal }) => api(routes.listConfig, { query: {}, signal }),
    }),
  audit: (filters: AuditFilters) =>
    infiniteQueryOptions({
      queryKey: ['audit', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listAudit, { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  /** Of the organization that is acted in, or of another one. */
  usage: (organization: string | null) =>
    queryOptions({
      queryKey: ['usage', organization],
      queryFn: ({ signal }) =>
        organization === null
          ? api(routes.getUsage, { signal })
          : api(routes.getOrganizationUsage, { params: { id: organization }, signal }),
    }),
  organizationNames: () =>
    queryOptions({
      queryKey: ['organizations', 'names'],
      queryFn: async ({ signal }) =>
        (await api(routes.listOrganizations, { query: { limit: 200 }, signal })).items,
    }),
  endpointKeys: (workflow?: string) =>
    queryOptions({
      queryKey: ['endpoint-keys', workflow],
      queryFn: ({ signal }) =>
        api(routes.listEndpointKeys, { query: workflow === undefined ? {} : { workflow }, signal }),
    }),
  /** The organizations that somebody may act for, up to a page of them: for choices. */
  organizations: (search: string) =>
    queryOptions({
      queryKey: ['organizations', 'some', search],
      queryFn: ({ signal }) => api(routes.listOrganizations, { query: search ? { search } : {}, signal }),
      staleTime: 60_000,
    }),
  allOrganizations: (search: string) =>
    infiniteQueryOptions({
      queryKey: ['organizations', 'list', search],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listOrganizations, {
          query: { ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  users: ({ search, role }: { search: string; role: AccountRole | '' }) =>
    infiniteQueryOptions({
      queryKey: ['users', 'list', search, role],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listUsers, {
          query: {
            ...(search ? { search } : {}),
            ...(role ? { role } : {}),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  /** A page of people, for choices. */
  somePeople: () =>
    queryOptions({
      queryKey: ['users', 'some'],
      queryFn: ({ signal }) => api(routes.listUsers, { query: { limit: 200, is_active: true }, signal }),
    }),
  invitations: () =>
    queryOptions({
      queryKey: ['invitations'],
      queryFn: ({ signal }) => api(routes.listInvitations, { query: {}, signal }),
    }),
  roles: () =>
    queryOptions({ queryKey: ['roles', 'list'], queryFn: ({ signal }) => api(routes.listRoles, { signal }) }),
  role: (id: string) =>
    queryOptions({
      queryKey: ['roles', 'one', id],
      queryFn: ({ signal }) => api(routes.getRole, { params: { id }, signal }),
    }),
  workflowAccess: (name: string) =>
    queryOptions({
      queryKey: ['workflows', 'access', name],
      queryFn: ({ signal }) => api(routes.getWorkflowAccess, { params: { id: name }, signal }),
    }),
  keys: () => queryOptions({ queryKey: ['keys'], queryFn: ({ signal }) => api(routes.listKeys, { signal }) }),
  files: (location: FileLocation, path: string) =>
    queryOptions({
      queryKey: ['files', 'list', location, path],
      queryFn: ({ signal }) =>
        api(routes.listFiles, { body: { location, ...(path ? { path } : {}) }, signal }),
    }),
  fileUsage: () =>
    queryOptions({
      queryKey: ['files', 'usage'],
      queryFn: ({ signal }) => api(routes.fileUsage, { signal }),
    }),
  fileSearch: (location: FileLocation, path: string, query: string) =>
    queryOptions({
      queryKey: ['files', 'search', location, path, query],
      queryFn: ({ signal }) =>
        api(routes.searchFiles, { body: { location, query, ...(path ? { path } : {}) }, signal }),
    }),
  /** All that somebody sees who acts there; there are few enough for one list. */
  forms: (organization: string) =>
    queryOptions({
      queryKey: ['forms', 'list', organization],
      queryFn: ({ signal }) => allForms(organization, signal),
      staleTime: 2_000,
    }),
  form: (id: string) =>
    queryOptions({
      queryKey: ['forms', 'one', id],
      queryFn: ({ signal }) => api(routes.getForm, { params: { id }, signal }),
    }),
  formSettings: (id: string) =>
    queryOptions({
      queryKey: ['forms', 'settings', id],
      queryFn: ({ signal }) => api(routes.getFormSettings, { params: { id }, signal }),
    }),
  formLinks: (id: string) =>
    queryOptions({
      queryKey: ['forms', 'links', id],
      queryFn: async ({ signal }) => (await api(routes.listFormLinks, { params: { id }, signal })).items,
    }),
  publicForm: (token: string) =>
    queryOptions({
      queryKey: ['forms', 'public', token],
      queryFn: ({ signal }) => api(routes.getPublicForm, { params: { token }, signal }),
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    }),
  fileTree: () =>
    queryOptions({
      queryKey: ['files', 'tree'],
      queryFn: ({ signal }) => api(routes.editorTree, { signal }),
    }),
  file: (path: string) =>
    queryOptions({
      queryKey: ['files', 'one', path],
      queryFn: ({ signal }) => api(routes.editorReadFile, { query: { path }, signal }),
      staleTime: 0,
      gcTime: 0,
    }),
}
