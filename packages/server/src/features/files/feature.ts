import { feature } from '../feature.ts'
import { createFileLocations } from './locations.ts'
import { fileRoutes } from './routes.ts'
import { fileSdk } from './sdk.ts'
import { createGrantSigner } from './signed-address.ts'
import { createSigning } from './signing.ts'

export const files = feature({
  create({ config, db, engine, publicUrl, shared, unvetted }) {
    const locations = createFileLocations({
      ...config,
      db,
      unvetted,
      shared,
      bytesMax: async (orgId) => engine.quotas.limit(orgId, 'file_bytes'),
    })
    const signing = createSigning({ db, signer: createGrantSigner(config), locations, publicUrl })
    return {
      value: { locations },
      routes: (workspace) => fileRoutes({ db, locations, workspace, signing }),
      methods: fileSdk(locations, signing),
    }
  },
})
