import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { quotaDefaults } from '@bifrost/contract'
import { CHECKOUT, type Config } from './config.ts'
import { createEngine, createScheduleJob, forgetOld, Scheduler } from './engine/engine.ts'
import { createAccounts } from './features/accounts/accounts.ts'
import { createAuthenticator } from './features/accounts/authenticate.ts'
import { accountRoutes } from './features/accounts/routes.ts'
import { pruneSignIns } from './features/accounts/sign-in/sessions.ts'
import { signInImplementations } from './features/accounts/sign-in-parts.ts'
import { createAuditLog, pruneAudit } from './features/audit/audit.ts'
import { auditRoutes } from './features/audit/routes.ts'
import { createConfigStore } from './features/config/config.ts'
import { configRoutes } from './features/config/routes.ts'
import { configSdk } from './features/config/sdk.ts'
import { createEgressAllowance } from './features/egress/egress.ts'
import { egressRoutes } from './features/egress/routes.ts'
import { createEndpoints } from './features/endpoints/endpoints.ts'
import { endpointPaths } from './features/endpoints/openapi.ts'
import { endpointRoutes } from './features/endpoints/routes.ts'
import { createEvents } from './features/events/events.ts'
import { pruneEvents } from './features/events/prune.ts'
import { eventRoutes } from './features/events/routes.ts'
import { eventSdk } from './features/events/sdk.ts'
import { failedLine } from './features/executions/failed-line.ts'
import { Histories } from './features/executions/histories.ts'
import { executionRoutes } from './features/executions/routes.ts'
import { executionSdk } from './features/executions/sdk.ts'
import { createFileLocations } from './features/files/locations.ts'
import { fileRoutes } from './features/files/routes.ts'
import { fileSdk } from './features/files/sdk.ts'
import { createGrantSigner } from './features/files/signed-address.ts'
import { createSigning } from './features/files/signing.ts'
import { Forms } from './features/forms/forms.ts'
import { createLaunches } from './features/forms/launches.ts'
import { FormLinks } from './features/forms/links.ts'
import { publicFormRoutes } from './features/forms/public-routes.ts'
import { formRoutes } from './features/forms/routes.ts'
import { FormUse } from './features/forms/use-form.ts'
import { integrationOutbox } from './features/integrations/outbox.ts'
import { createIntegrationParts } from './features/integrations/parts.ts'
import { integrationRoutes } from './features/integrations/routes.ts'
import { integrationSdk } from './features/integrations/sdk.ts'
import { createOrganizations } from './features/organizations/organizations.ts'
import { organizationRoutes } from './features/organizations/routes.ts'
import { organizationSdk } from './features/organizations/sdk.ts'
import { createQuotas } from './features/quotas/quotas.ts'
import { quotaRoutes } from './features/quotas/routes.ts'
import { resourceNames } from './features/roles/resources.ts'
import { createRoles, rolesGranting } from './features/roles/roles.ts'
import { roleRoutes } from './features/roles/routes.ts'
import { roleSdk } from './features/roles/sdk.ts'
import { scheduleRoutes } from './features/schedules/routes.ts'
import { sdkRoutes } from './features/sdk/routes.ts'
import { addDocsPage } from './features/system/docs-page.ts'
import { startProbeServer } from './features/system/probe-server.ts'
import { systemRoutes } from './features/system/routes.ts'
import { tableRoutes } from './features/tables/routes.ts'
import { tableSdk } from './features/tables/sdk.ts'
import { createTableStore } from './features/tables/tables.ts'
import { taskJob } from './features/tasks/attention.ts'
import { taskOutbox } from './features/tasks/outbox.ts'
import { taskRoutes } from './features/tasks/routes.ts'
import { createScreenPages } from './features/tasks/screen-pages.ts'
import { taskSdk } from './features/tasks/sdk.ts'
import { createTasks } from './features/tasks/tasks.ts'
import { createInvitations } from './features/users/invitations.ts'
import { invitationOutbox } from './features/users/outbox.ts'
import { userRoutes } from './features/users/routes.ts'
import { userSdk } from './features/users/sdk.ts'
import { createUsers } from './features/users/users.ts'
import { workflowRoutes } from './features/workflows/routes.ts'
import { workflowSdk } from './features/workflows/sdk.ts'
import {
  createExecutor,
  createRunStarter,
  createUsableWorkflows,
  forkRun,
  rerunWorkflow,
} from './features/workflows/workflows.ts'
import { type Containment, prepareContainment } from './platform/containment/containment.ts'
import { levelOf, requireIsolation } from './platform/containment/level.ts'
import { openDatabase } from './platform/database.ts'
import { createEgress } from './platform/egress/egress.ts'
import { ownNetworks } from './platform/egress/own-networks.ts'
import { startWatchdog } from './platform/event-loop-watchdog.ts'
import { listen } from './platform/http/listen.ts'
import { createOwnAddress } from './platform/http/own-address.ts'
import { createHttpServer } from './platform/http/server.ts'
import { newId } from './platform/ids.ts'
import { createLog, type Log } from './platform/log.ts'
import { Mailer } from './platform/mail/mailer.ts'
import { createNotifier } from './platform/notify.ts'
import { prepareAppRole } from './platform/postgres/app-role.ts'
import { startDatabase } from './platform/postgres/database.ts'
import { migrate } from './platform/postgres/migrate.ts'
import { ProcessNotifier } from './platform/process-notifier.ts'
import { rolesOf, type StartAs } from './platform/roles.ts'
import { createSealer } from './platform/secrets/sealer.ts'
import { checkSecretKey } from './platform/secrets/secret-key.ts'
import { StartError } from './platform/start-error.ts'
import { requireWorkspace } from './platform/start-faults.ts'
import type { SdkMethods } from './tenancy/sdk-method.ts'
import { makeChildHome } from './worker/child-home.ts'
import { HistoryChecker } from './worker/history-checker.ts'
import { childrenMaxOf, Pool } from './worker/pool.ts'
import { spawnChild } from './worker/spawn-child.ts'
import { Worker } from './worker/worker.ts'
import { createBuilder } from './workspace/builder.ts'
import { createCodeVersions } from './workspace/code-versions.ts'
import { ShareHolders } from './workspace/share-holders.ts'
import { StoredWorkspace } from './workspace/stored-workspace.ts'
import { UnvettedFiles } from './workspace/unvetted-files.ts'
import type { WorkflowCatalog } from './workspace/workflow-catalog.ts'
import { Workspace } from './workspace/workspace.ts'

export interface RunningServer {
  /** Empty when it has no HTTP: a worker or a scheduler alone. */
  url: string
  /** Where a process without the API answers probes; empty elsewhere, and when that is turned off. */
  probeUrl: string
  /** Where to sign in, for the person who started it. */
  notes: string[]
  /** Which files have mistakes, once all were looked at. */
  fileNotes: Promise<string[]>
  stop(): Promise<void>
}

const CHILD_IDLE_MS = 60_000
const DAILY_MS = 24 * 60 * 60 * 1000

/** Builds and wires everything; the only place that does. With one role it starts the parts of that role. */
export async function startServer(
  config: Config,
  log: Log = createLog(config.logLevel),
  as: StartAs = 'start',
): Promise<RunningServer> {
  const roles = rolesOf(as)
  const [isApi, isWorker, isScheduler] = (['api', 'worker', 'scheduler'] as const).map((one) =>
    roles.includes(one),
  )
  const shared = config.databaseUrl !== null
  if (!shared && as !== 'start')
    throw new StartError(
      `bifrost ${as} is one of several processes on one PostgreSQL: set DATABASE_URL to it, or run everything in one process with bifrost start.`,
    )
  if (isApi) requireWorkspace(config.workspaceDir)
  if (isWorker) requireIsolation(config)
  const processId = newId()
  const watchdog = startWatchdog(log)
  const postgres = await startDatabase({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, log })
  await prepareAppRole(postgres.connection)
  await migrate(postgres.connection, { log })
  const db = openDatabase(postgres.connection, log)

  const others = shared ? new ProcessNotifier({ db, log, processId, roles }) : null
  await others?.start()
  await checkSecretKey(db, config, processId).catch(async (error: unknown) => {
    await others?.stop()
    throw error
  })
  const notifier = others ?? createNotifier()
  const engine = createEngine({ db, notifier, newId, random: Math.random, log })
  await engine.quotas.read()
  notifier.subscribe('quotas', () => void engine.quotas.read().catch(() => {}))
  const codeVersions = createCodeVersions(db)
  let containment: Containment | null = null
  const containmentOf = () => {
    containment ??= prepareContainment(config.dataDir)
    return containment
  }
  const unvetted = new UnvettedFiles(db, config.workspaceDir)
  const holders = new ShareHolders(db.query)
  if (isApi) {
    await holders.read()
    notifier.subscribe('organizations', () => holders.refresh())
  }
  const builder = isApi
    ? unvetted.guard(
        createBuilder({
          workspaceDir: config.workspaceDir,
          holderOf: holders.holderOf,
          contained: { by: containmentOf, dataDir: config.dataDir },
          log: (message) => log.warn(message),
        }),
      )
    : null
  const source = { db, codeVersions, notifier, workspaceDir: config.workspaceDir, log }
  const files = builder ? new Workspace({ ...source, shared, builder }) : null
  const workspace: WorkflowCatalog = files ?? new StoredWorkspace(source)
  const sealer = createSealer(config)
  const configStore = createConfigStore(db, sealer)
  const locations = createFileLocations({
    ...config,
    db,
    unvetted,
    shared,
    bytesMax: async (orgId) => engine.quotas.limit(orgId, 'file_bytes'),
  })
  const signing = createSigning({
    db,
    signer: createGrantSigner(config),
    locations,
    publicUrl: () => config.publicUrl ?? `http://localhost:${config.port}`,
  })
  const usable = createUsableWorkflows({ db, notifier, workspace, rolesGranting })
  const starter = createRunStarter(engine, workspace, usable)
  const executor = createExecutor(engine, starter)
  const forms = new Forms(db, workspace)
  const formLinks = new FormLinks(db)
  const launches = createLaunches(db)
  const formUse = new FormUse({
    workspace,
    starter,
    executor,
    launches,
    uploaded: async (scope, id) => {
      const files = await locations.at(scope, 'uploads')
      return (await files.exists(id)) ? files.info(id) : null
    },
  })
  const events = createEvents({
    engine,
    workspace,
    starter,
  })
  const tables = createTableStore(db, log, ({ owner }) =>
    owner === null ? quotaDefaults.table_rows : engine.quotas.limit(owner, 'table_rows'),
  )
  const egress = createEgress({ allow: config.egressAllow })
  const allowance = createEgressAllowance({ db, notifier, log })
  await allowance.start()
  const integrations = createIntegrationParts({
    db,
    sealer,
    egress,
    notifier,
    log,
    allowOf: allowance.of,
  })
  const { smtpUrl, mailFrom } = config
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  const authenticator = createAuthenticator(db, notifier, config.publicUrl)
  const { forget } = authenticator
  const organizations = createOrganizations({
    db,
    forget,
    onChange: () => notifier.publish('organizations'),
  })
  const users = createUsers({ db, forget })
  const invitations = createInvitations({
    db,
    sendsMail: smtpUrl !== null && mailFrom !== null,
    publicUrl,
    onMail: () => notifier.publish('mail'),
  })
  const roleStore = createRoles({
    db,
    person: users.get,
    resources: resourceNames(db, workspace),
  })
  const sdkMethods: SdkMethods = {
    ...eventSdk(events),
    ...configSdk(configStore),
    ...fileSdk(locations, signing),
    ...workflowSdk({ engine, usable, starter }),
    ...organizationSdk(organizations),
    ...userSdk(users),
    ...roleSdk(roleStore),
    ...tableSdk(tables),
    ...taskSdk(db),
    ...integrationSdk(db, integrations),
    ...executionSdk(db),
  }
  /** Where this process listens, once it does. */
  let listensOn = config.port
  const ownPort = () => listensOn
  const linkBase = () => config.publicUrl ?? `http://localhost:${ownPort()}`
  const ownAddress = createOwnAddress(config.publicUrl, linkBase)
  // A process without a worker has no processes for authors' code until somebody checks histories in it.
  let children: Promise<Pool> | null = null
  const newChildren = async () => {
    const home = await makeChildHome(config.dataDir, { containment: containmentOf() })
    const { name, by, lacks } = levelOf(home.containment.sandbox, home.containment.user(0) !== null)
    log.info({ isolation: name }, `workflows are contained by ${by}${lacks ? `: ${lacks}` : ''}`)
    const pool = new Pool({
      spawn: (slot) => spawnChild(home, slot),
      log,
      childrenMax: childrenMaxOf(availableParallelism(), totalmem()),
      idleMs: CHILD_IDLE_MS,
      egressAllow: (orgId) => [...config.egressAllow, ...allowance.of(orgId)],
      egressClosed: () => ({ port: ownPort(), networks: ownNetworks() }),
    })
    return pool
  }
  const poolOf = async () => {
    children ??= newChildren()
    return children
  }
  const newWorker = async () =>
    new Worker({
      engine,
      pool: await poolOf(),
      codeVersions,
      sdkMethods,
      applyTransaction: tables.apply,
      workerId: processId,
      stopGraceMs: config.stopGraceSeconds * 1000,
    })
  const worker = isWorker ? await newWorker() : null
  const schedules = createScheduleJob(engine, starter.start)
  const scheduler = isScheduler ? new Scheduler(engine, [schedules, events.job, taskJob(engine)]) : null
  const mailer =
    isScheduler && smtpUrl !== null && mailFrom !== null
      ? new Mailer({
          notifier,
          log,
          smtpUrl,
          from: mailFrom,
          outboxes: [
            taskOutbox(db, publicUrl),
            integrationOutbox(db, publicUrl),
            invitationOutbox(db, publicUrl),
          ],
        })
      : null
  const accounts = createAccounts(db, config)
  const signIns = signInImplementations({
    db,
    authenticator,
    sealer,
    egress,
    ownAddress,
    linkBase,
    log,
  })
  const version = versionOf()

  const { setupPath } = isApi ? await accounts.prepare() : { setupPath: null }
  files?.onChange(({ paths, problems }) => {
    for (const path of paths) log.debug(`read ${path}`)
    notifier.publish('schedules')
    for (const { path, line, message } of problems) log.warn(`${path}:${line ?? 1}: ${message}`)
  })
  await workspace.start()
  if (isApi) tables.start()
  await worker?.start()
  await scheduler?.start()
  mailer?.start()
  const daily = setInterval(() => {
    // By a process that certainly has the files.
    if (files)
      unvetted
        .prune()
        .catch((error: unknown) => log.error({ err: error }, 'the daily clean-up of files failed'))
    if (!scheduler) return
    void Promise.all([
      codeVersions.prune(),
      forgetOld(engine),
      launches.forgetOld(),
      pruneEvents(db.query, config.eventDays),
      pruneAudit(db.query, config.auditDays),
      pruneSignIns(db),
    ]).catch((error: unknown) => log.error({ err: error }, 'the daily clean-up failed'))
  }, DAILY_MS)

  const webDir = join(CHECKOUT, 'packages/web/dist')
  const screenPages = createScreenPages(codeVersions, async () => (await builder?.screenRuntime()) ?? '')
  const endpoints = createEndpoints(db, notifier, starter)
  const server = { trustedProxies: config.trustedProxies, log }
  const probed = { db, roles, version, workspace: files }
  const newHttpServer = (workspace: Workspace) =>
    createHttpServer({
      ...server,
      implementations: [
        ...systemRoutes(probed, async (scope) => endpointPaths(await usable.list(scope))),
        ...accountRoutes(db, accounts, authenticator),
        ...signIns,
        ...organizationRoutes(organizations),
        ...userRoutes(users, invitations),
        ...roleRoutes(roleStore),
        ...workflowRoutes({
          engine,
          workspace,
          locations,
          starter,
          executor,
          usable,
          usedBy: (scope, id) => forms.using(scope, id),
        }),
        ...executionRoutes({
          engine,
          failedLine: (scope, row) => failedLine({ codeVersions, mayRead: locations.mayRead }, scope, row),
          rerun: (scope, row, input, key) => rerunWorkflow(starter, scope, row, input, key),
          histories: new Histories({
            engine,
            codeVersions,
            checker: new HistoryChecker({ query: db.query, pool: poolOf, sdkMethods }),
            runnable: (scope, id) => workspace.runnable(scope, id),
          }),
          fork: (scope, row, request) => forkRun({ engine, codeVersions, usable }, scope, row, request),
        }),
        ...taskRoutes(db, createTasks(engine), screenPages),
        ...fileRoutes({ db, locations, workspace, signing }),
        ...auditRoutes(createAuditLog(db)),
        ...quotaRoutes(createQuotas(engine, { file_bytes: locations.usedBytes })),
        ...configRoutes(configStore),
        ...eventRoutes(db, events),
        ...tableRoutes(tables),
        ...scheduleRoutes({ engine, workspace, starter }),
        ...sdkRoutes(db, sdkMethods),
        ...endpointRoutes({ engine, usable, endpoints }),
        ...formRoutes({
          db,
          forms,
          use: formUse,
          links: formLinks,
          credentialOf: authenticator.credentialOf,
        }),
        ...publicFormRoutes({ db, links: formLinks, use: formUse, executor, upload: locations.upload }),
        ...egressRoutes(allowance, config.egressAllow),
        ...integrationRoutes({ ...integrations, ownAddress, sessionOf: authenticator.sessionOf }),
      ],
      authenticate: authenticator.authenticate,
      webDir: existsSync(webDir) ? webDir : null,
    })
  const http = files ? await newHttpServer(files) : null
  if (http) addDocsPage(http, version)
  const { host, port, probePort } = config
  const url = http ? await listen(http, { host, port, setting: 'PORT' }) : ''
  const probes =
    http || probePort === null
      ? null
      : await startProbeServer({ ...probed, ...server, host, port: probePort })
  if (http) listensOn = Number(new URL(url).port) || config.port

  return {
    url,
    probeUrl: probes?.url ?? '',
    notes: isApi ? notesOf(url, setupPath, config) : [],
    fileNotes: fileNotesOf(files),
    async stop() {
      clearInterval(daily)
      await http?.close()
      await probes?.close()
      await mailer?.stop()
      await scheduler?.stop()
      events.stop()
      await tables.stop()
      await schedules.idle()
      await worker?.stop()
      await (await children)?.stop()
      await workspace.stop()
      containment?.leave()
      await engine.admissions.idle()
      await others?.stop()
      allowance.stop()
      await egress.close()
      await db.close()
      await postgres.stop()
      watchdog.stop()
    },
  }
}

function notesOf(url: string, setupPath: string | null, config: Config): string[] {
  const address = url.replace('127.0.0.1', 'localhost')
  return [
    setupPath
      ? `Create the first administrator: ${address}${setupPath}`
      : `Sign in at ${address}${config.adminEmail ? ` as ${config.adminEmail}` : ''}`,
  ]
}

async function fileNotesOf(files: Workspace | null): Promise<string[]> {
  await files?.scanned
  const problems = (await files?.problems()) ?? []
  return problems.map((note) => `${note.path}${note.line === null ? '' : `:${note.line}`}: ${note.message}`)
}

const versionOf = (): string =>
  (JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }).version
