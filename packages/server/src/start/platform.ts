import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT, type Config } from '../config.ts'
import { createEngine } from '../engine/engine.ts'
import { type Containment, prepareContainment } from '../platform/containment/containment.ts'
import { requireIsolation } from '../platform/containment/level.ts'
import { openDatabase } from '../platform/database.ts'
import { createEgress } from '../platform/egress/egress.ts'
import { startWatchdog } from '../platform/event-loop-watchdog.ts'
import { createOwnAddress } from '../platform/http/own-address.ts'
import { newId } from '../platform/ids.ts'
import type { Log } from '../platform/log.ts'
import { createNotifier } from '../platform/notify.ts'
import { prepareAppRole } from '../platform/postgres/app-role.ts'
import { startDatabase } from '../platform/postgres/database.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { ProcessNotifier } from '../platform/process-notifier.ts'
import { rolesOf, type StartAs } from '../platform/roles.ts'
import { createSealer } from '../platform/secrets/sealer.ts'
import { checkSecretKey } from '../platform/secrets/secret-key.ts'
import { StartError } from '../platform/start-error.ts'
import { requireWorkspace } from '../platform/start-faults.ts'
import { createBuilder } from '../workspace/builder.ts'
import { createCodeVersions } from '../workspace/code-versions.ts'
import { PackageStates } from '../workspace/package-states.ts'
import { ShareHolders } from '../workspace/share-holders.ts'
import { StoredWorkspace } from '../workspace/stored-workspace.ts'
import { UnvettedFiles } from '../workspace/unvetted-files.ts'
import type { WorkflowCatalog } from '../workspace/workflow-catalog.ts'
import { Workspace } from '../workspace/workspace.ts'

export type Platform = Awaited<ReturnType<typeof openPlatform>>

/** Makes what a process has one of, and all features work with: the database, the engine, the workspace. */
export async function openPlatform(config: Config, log: Log, as: StartAs) {
  const roles = rolesOf(as)
  requireFit(config, as)
  const { dataDir, databaseUrl, workspaceDir } = config
  const shared = databaseUrl !== null
  const processId = newId()
  const watchdog = startWatchdog(log)
  const postgres = await startDatabase({ dataDir, databaseUrl, log })
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

  let prepared: Containment | null = null
  const containment = () => {
    prepared ??= prepareContainment(dataDir)
    return prepared
  }
  const codeVersions = createCodeVersions(db)
  const packages = new PackageStates(db, notifier)
  const unvetted = new UnvettedFiles(db, workspaceDir)
  const source = { db, codeVersions, notifier, workspaceDir, log }
  /** Only a process with the API reads files. */
  const openFiles = async () => {
    const holders = new ShareHolders(db.query)
    await holders.read()
    notifier.subscribe('organizations', () => holders.refresh())
    const builder = unvetted.guard(
      createBuilder({
        workspaceDir,
        holderOf: holders.holderOf,
        contained: { by: containment, dataDir },
        log: (message) => log.warn(message),
      }),
    )
    const files = new Workspace({ ...source, shared, builder, packages })
    files.onChange(({ paths, problems }) => {
      for (const path of paths) log.debug(`read ${path}`)
      notifier.publish('schedules')
      for (const { path, line, message } of problems) log.warn(`${path}:${line ?? 1}: ${message}`)
    })
    return { builder, files }
  }
  const { builder, files } = roles.includes('api') ? await openFiles() : { builder: null, files: null }
  const workspace: WorkflowCatalog = files ?? new StoredWorkspace(source)
  const egress = createEgress({ allow: config.egressAllow })
  const listening = { port: config.port }
  const linkBase = () => config.publicUrl ?? `http://localhost:${listening.port}`

  return {
    config,
    log,
    roles,
    version: readVersion(),
    processId,
    shared,
    db,
    notifier,
    engine,
    containment,
    codeVersions,
    packages,
    unvetted,
    /** Null: this process reads no files. */
    files,
    workspace,
    screenRuntime: async () => (await builder?.screenRuntime()) ?? '',
    sealer: createSealer(config),
    sendsMail: config.smtpUrl !== null && config.mailFrom !== null,
    publicUrl: config.publicUrl ?? `http://localhost:${config.port}`,
    linkBase,
    ownAddress: createOwnAddress(config.publicUrl, linkBase),
    /** Where this process listens, once it does. */
    listening,
    egress,
    /** After everything that works with it has ended. */
    async close() {
      await workspace.stop()
      prepared?.leave()
      await engine.admissions.idle()
      await others?.stop()
      await egress.close()
      await db.close()
      await postgres.stop()
      watchdog.stop()
    },
  }
}

/** Refuses settings with which a process of this kind cannot work. */
function requireFit(config: Config, as: StartAs): void {
  if (config.databaseUrl === null && as !== 'start')
    throw new StartError(
      `bifrost ${as} needs a PostgreSQL shared by all processes: set DATABASE_URL to it, or run everything in one process with bifrost start.`,
    )
  const roles = rolesOf(as)
  if (roles.includes('api')) requireWorkspace(config.workspaceDir)
  if (roles.includes('worker')) requireIsolation(config)
}

const readVersion = (): string =>
  (JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }).version
