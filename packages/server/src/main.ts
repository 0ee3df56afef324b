import type { Config } from './config.ts'
import { Scheduler } from './engine/engine.ts'
import { type CreatedFeatures, createFeatures } from './features/feature.ts'
import * as features from './features/features.ts'
import { createLog, type Log } from './platform/log.ts'
import type { Role, StartAs } from './platform/roles.ts'
import { createChildren } from './start/children.ts'
import { startDailyCleanup } from './start/daily.ts'
import { startHttp } from './start/http.ts'
import { createMailer } from './start/mailer.ts'
import { fileNotes, signInNotes } from './start/notes.ts'
import { openPlatform } from './start/platform.ts'
import { createWorker } from './start/worker.ts'
import { HistoryChecker } from './worker/history-checker.ts'

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

/** Starts the platform; with one process role, the parts of that role. */
export async function startServer(
  config: Config,
  log: Log = createLog(config.logLevel),
  as: StartAs = 'start',
): Promise<RunningServer> {
  const platform = await openPlatform(config, log, as)
  const does = (role: Role) => platform.roles.includes(role)

  const children = createChildren(platform, (orgId) => created.valueOf(features.egress).allowOf(orgId))
  const sdkMethods = () => created.methods
  const historyChecker = new HistoryChecker({
    query: platform.db.query,
    pool: children.pool,
    sdkMethods,
    publicUrl: platform.linkBase,
  })
  const created: CreatedFeatures<typeof features> = createFeatures(features, {
    ...platform,
    historyChecker,
    sdkMethods,
  })
  const { methods, parts } = created
  const { apply } = created.valueOf(features.rows)
  const worker = does('worker') ? await createWorker(platform, children, methods, apply) : null
  const jobs = parts.flatMap((one) => one.jobs ?? [])
  const scheduler = does('scheduler') ? new Scheduler(platform.engine, jobs) : null
  const mailer = createMailer(
    platform,
    parts.flatMap(({ outbox }) => outbox ?? []),
  )

  for (const one of parts) await one.prepare?.()
  await platform.workspace.start()
  for (const one of parts) one.start?.()
  await worker?.start()
  await scheduler?.start()
  mailer?.start()
  const stopCleanup = startDailyCleanup(platform, parts)
  const { authenticator, setupPath } = created.valueOf(features.accounts)
  const { addDocsPage, startProbes } = created.valueOf(features.system)
  const http = await startHttp(platform, parts, { authenticate: authenticator.authenticate, addDocsPage })
  const { host, probePort } = config
  const probes = http || probePort === null ? null : await startProbes({ host, port: probePort })

  return {
    url: http?.url ?? '',
    probeUrl: probes?.url ?? '',
    notes: http ? signInNotes(http.url, setupPath(), config) : [],
    fileNotes: fileNotes(platform.files),
    async stop() {
      stopCleanup()
      await http?.close()
      await probes?.close()
      await mailer?.stop()
      await scheduler?.stop()
      for (const one of parts) await one.stop?.()
      await worker?.stop()
      await children.stop()
      for (const one of parts) one.close?.()
      await platform.close()
    },
  }
}
