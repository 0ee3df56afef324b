import { feature } from '../feature.ts'
import { createAuditLog, pruneAudit } from './audit.ts'
import { auditRoutes } from './routes.ts'

export const audit = feature({
  create: ({ config, db }) => ({
    routes: () => auditRoutes(createAuditLog(db)),
    cleanup: () => pruneAudit(db.query, config.auditDays),
  }),
})
