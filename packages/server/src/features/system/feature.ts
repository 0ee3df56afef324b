import type { FastifyInstance } from 'fastify'
import { endpoints } from '../endpoints/feature.ts'
import { feature } from '../feature.ts'
import { addDocsPage } from './docs-page.ts'
import { type ProbeServerOptions, startProbeServer } from './probe-server.ts'
import { systemRoutes } from './routes.ts'

export const system = feature({
  needs: { endpoints },
  create({ config, db, log, roles, version }, { endpoints: { pathsOf } }) {
    const probed = { db, roles, version }
    return {
      value: {
        addDocsPage: (app: FastifyInstance) => addDocsPage(app, version),
        startProbes: (at: Pick<ProbeServerOptions, 'host' | 'port'>) =>
          startProbeServer({ ...probed, ...at, workspace: null, log, trustedProxies: config.trustedProxies }),
      },
      routes: (workspace) => systemRoutes({ ...probed, workspace }, pathsOf),
    }
  },
})
