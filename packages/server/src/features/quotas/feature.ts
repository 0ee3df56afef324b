import { feature } from '../feature.ts'
import { files } from '../files/feature.ts'
import { createQuotas } from './quotas.ts'
import { quotaRoutes } from './routes.ts'

export const quotas = feature({
  needs: { files },
  create: ({ engine }, { files: { locations } }) => ({
    routes: () => quotaRoutes(createQuotas(engine, { file_bytes: locations.usedBytes })),
  }),
})
