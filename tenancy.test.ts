import pg from 'pg'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { exportedDeclarations, readSources } from './packages/server/src/testing/sources.ts'
import { useTestDatabase } from './packages/server/src/testing/test-database.ts'

// Rules of tenancy that a machine can keep: each table and each query has its organization.

const sources = readSources()
const product = sources.filter((source) => !source.isTest)

describe('tenancy', () => {
  /** Every table with org_id, and the test that walks into it with another organization's scope. */
  const scopeChecks: Record<string, string> = {
    users: 'packages/server/src/features/accounts/accounts.test.ts',
    sessions: 'packages/server/src/features/accounts/accounts.test.ts',
    api_keys: 'packages/server/src/features/accounts/accounts.test.ts',
    config_entries: 'packages/server/src/features/config/secrets.test.ts',
    workflows: 'packages/server/src/features/workflows/reload.test.ts',
    executions: 'packages/server/src/features/executions/stream.test.ts',
    bulk_actions: 'packages/server/src/features/bulk/bulk.test.ts',
    queue: 'packages/server/src/engine/engine.test.ts',
    saved_views: 'packages/server/src/features/views/views.test.ts',
    default_views: 'packages/server/src/features/views/views.test.ts',
    execution_logs: 'packages/server/src/features/executions/stream.test.ts',
    execution_steps: 'packages/server/src/features/executions/durable.test.ts',
    tasks: 'packages/server/src/features/tasks/tasks.test.ts',
    mail_outbox: 'packages/server/src/features/tasks/tasks.test.ts',
    waits: 'packages/server/src/features/executions/durable.test.ts',
    early_answers: 'packages/server/src/features/executions/resume.test.ts',
    flow_rates: 'packages/server/src/engine/flow-control/flow.test.ts',
    singletons: 'packages/server/src/engine/flow-control/flow.test.ts',
    workflow_cursors: 'packages/server/src/features/workflows/emit.test.ts',
    events: 'packages/server/src/features/events/events.test.ts',
    event_deliveries: 'packages/server/src/features/events/events.test.ts',
    event_cancels: 'packages/server/src/features/events/events.test.ts',
    execution_attempts: 'packages/server/src/features/workflows/run.test.ts',
    schedules: 'packages/server/src/features/schedules/schedules.test.ts',
    forms: 'packages/server/src/features/forms/forms.test.ts',
    form_links: 'packages/server/src/features/forms/public-forms.test.ts',
    form_launches: 'packages/server/src/features/forms/forms.test.ts',
    form_uploads: 'packages/server/src/features/forms/public-forms.test.ts',
    tables: 'packages/server/src/features/tables/tables.test.ts',
    table_rows: 'packages/server/src/features/tables/tables.test.ts',
    table_indexes: 'packages/server/src/features/tables/tenancy.test.ts',
    table_policies: 'packages/server/src/features/tables/tenancy.test.ts',
    schedule_fire_times: 'packages/server/src/features/schedules/schedules.test.ts',
    roles: 'packages/server/src/features/accounts/acting.test.ts',
    role_members: 'packages/server/src/features/accounts/acting.test.ts',
    role_grants: 'packages/server/src/features/accounts/acting.test.ts',
    endpoint_keys: 'packages/server/src/features/endpoints/endpoints.test.ts',
    audit_log: 'packages/server/src/features/audit/audit.test.ts',
    organization_quotas: 'packages/server/src/features/quotas/quotas.test.ts',
    quota_minutes: 'packages/server/src/tenancy/quotas.test.ts',
    invitations: 'packages/server/src/features/users/invitations.test.ts',
    integrations: 'packages/server/src/features/integrations/integrations.test.ts',
    integration_connections: 'packages/server/src/features/integrations/integrations.test.ts',
    integration_mappings: 'packages/server/src/features/integrations/mappings.test.ts',
    integration_connects: 'packages/server/src/features/integrations/oauth.test.ts',
    integration_uses: 'packages/server/src/features/integrations/integrations.test.ts',
    python_packages: 'packages/server/src/features/packages/packages.test.ts',
    egress_rules: 'packages/server/src/features/egress/egress.test.ts',
    integration_mails: 'packages/server/src/features/integrations/oauth.test.ts',
    totp_factors: 'packages/server/src/features/sign-in/sign-in.test.ts',
    recovery_codes: 'packages/server/src/features/sign-in/sign-in.test.ts',
    passkeys: 'packages/server/src/features/sign-in/sign-in.test.ts',
    identity_providers: 'packages/server/src/features/single-sign-on/single-sign-on.test.ts',
    identities: 'packages/server/src/features/single-sign-on/single-sign-on.test.ts',
  }
  const database = useTestDatabase()

  test('every table with org_id is listed with its scope check', async () => {
    const client = new pg.Client(database().connection)
    await client.connect()
    try {
      const { rows } = await client.query<{ name: string }>(
        `select table_name as name from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where column_name = 'org_id' and table_schema = 'public' and table_type = 'BASE TABLE'`,
      )
      expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(scopeChecks).sort())
    } finally {
      await client.end()
    }
    for (const path of Object.values(scopeChecks))
      expect(sources.map((source) => source.path)).toContain(path)
  })

  test('a scope is made where a caller is authenticated or a run is claimed, and nowhere else', () => {
    const makers = product.filter(({ text }) => /\bmakeScope\(/.test(text)).map(({ path }) => path)
    expect(makers).toEqual([
      'packages/server/src/features/accounts/authenticate.ts',
      'packages/server/src/tenancy/act-for.ts',
      'packages/server/src/tenancy/scope-of.ts',
    ])
  })

  test('features speak to the database for a scope; what speaks as the engine is listed, with its reason', () => {
    const asEngine: Record<string, string> = {
      'accounts/':
        'sign-in and set-up: makes scopes, reads hashes, and keys belong to people wherever they act',
      'sign-in/': 'the same',
      'factors/': 'the same',
      'single-sign-on/': 'the same',
      'device-login/': 'the same',
      'audit/feature.ts': 'deletes what is old of all organizations',
      'events/feature.ts': 'the same',
      'endpoints/endpoints.ts': 'whose a key or a public address is, before there is a scope',
      'endpoints/queries.ts': 'the same',
      'events/deliverer.ts':
        'starts and wakes runs: what an event does is written in one transaction with the engine',
      'events/end-watch.ts': 'hears of the end of runs of all organizations',
      'events/events.ts': 'the same: the event with all that it does',
      'executions/graph.ts':
        'code versions have no organization; which one is read from a run that the scope sees',
      'executions/routes.ts': 'asks whether an administrator of the platform may look at an organization',
      'histories/histories.ts':
        'hands runs to the engine with the person who asked, who may be of the provider',
      'files/signing.ts': 'whose a signed address is, before there is a scope',
      'files/views.ts': 'which folder is whose',
      'forms/forms.ts': 'what uses a workflow, in whatever organization',
      'forms/launches.ts': 'forgets what is old of all organizations',
      'forms/links.ts': 'whose a public link is, before there is a scope',
      'sdk/routes.ts': 'decides for which organization a caller may act',
      'quotas/quotas.ts':
        'limits are the platform’s to set, and its administrators look at organizations that they do not act for',
      'organizations/organizations.ts':
        'the tree is a row that no organization owns: who sees which organization is a clause of each statement',
      'system/health.ts': 'asks whether the database answers, and which processes live',
      'system/readiness.ts': 'asks whether the database answers, and which migrations it has had',
      'tables/index-builder.ts': 'builds the indexes of all organizations in the background',
      'tasks/attention.ts': 'a job of all organizations',
      'tasks/outbox.ts': 'mail of all organizations',
      'users/invitations.ts': 'a person who opens a link has no account yet, and so no scope',
      'users/outbox.ts': 'mail of all organizations',
      'users/users.ts': 'a move leaves one organization for another: no scope has the rows of both',
      'workflows/access.ts': 'which workflows go by role, of all organizations: ids alone, kept for a moment',
      'tasks/tasks.ts': 'an answer is written in one transaction with the engine that wakes the run',
      'egress/egress.ts': 'every process knows the rules of all organizations before a run begins',
      'integrations/connect.ts': 'the redirect back from the service has no scope: its state names one',
      'integrations/integrations.ts':
        'a definition that goes elsewhere drops the credentials of all organizations, and one in use is not deleted',
      'integrations/mappings.ts':
        'about organizations below the one that acts: which ones is a clause of each statement',
      'integrations/secret-fields.ts': 'a field that becomes secret is encrypted for all organizations',
      'integrations/outbox.ts': 'mails of all organizations',
      'integrations/tokens.ts':
        'a run of a sub-organization refreshes the tokens of its parent, which it may only read',
    }
    const prefix = 'packages/server/src/features/'
    const speaking = product
      .filter(
        ({ path, text }) =>
          path.startsWith(prefix) && /\bdb\s*\.(query|prepared|transaction)\b|\boutboxOf\b/.test(text),
      )
      .map(({ path }) => path.slice(prefix.length))
    const reasonOf = (path: string) => Object.keys(asEngine).find((known) => path.startsWith(known))
    expect(speaking.filter((path) => !reasonOf(path))).toEqual([])
    expect(Object.keys(asEngine).filter((known) => !speaking.some((path) => path.startsWith(known)))).toEqual(
      [],
    )
  })

  test('functions of queries.ts take the scope first, but for those that make one', () => {
    const beforeAnyScope = [
      'accountByEmail',
      'accountById',
      'accountByKey',
      'accountBySession',
      'hasUsers',
      'homeOfEndpoint',
      'insertKey',
      'insertProvider',
      'insertUser',
      'keyByHash',
      'markKeyUsed',
      'markKeyUsed',
    ]
    const wrong = product
      .filter(({ path }) => path.endsWith('/queries.ts') && path.startsWith('packages/server/'))
      .flatMap(({ path, ast }) => functionsWithoutScope(ast).map((name) => `${path}: ${name}`))
    expect(wrong.map((text) => text.split(': ')[1]).sort()).toEqual(beforeAnyScope)
  })
})

/** Exported functions whose first parameter is not `scope: OrgScope`. */
function functionsWithoutScope(ast: ts.SourceFile): string[] {
  return exportedDeclarations(ast).flatMap(({ name, node }) => {
    const fn = ts.isFunctionDeclaration(node)
      ? node
      : ts.isVariableStatement(node)
        ? node.declarationList.declarations.find((one) => one.name.getText(ast) === name)?.initializer
        : undefined
    if (!fn || !(ts.isFunctionDeclaration(fn) || ts.isArrowFunction(fn))) return []
    return fn.parameters[0]?.type?.getText(ast) === 'OrgScope' ? [] : [name]
  })
}
