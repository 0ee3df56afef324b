import { accounts } from '../accounts/feature.ts'
import { feature } from '../feature.ts'
import { files } from '../files/feature.ts'
import { workflows } from '../workflows/feature.ts'
import { Forms } from './forms.ts'
import { createLaunches } from './launches.ts'
import { FormLinks } from './links.ts'
import { publicFormRoutes } from './public-routes.ts'
import { formRoutes } from './routes.ts'
import { FormUse } from './use-form.ts'

export const forms = feature({
  needs: { accounts, files, workflows },
  create(
    { db, workspace },
    { accounts: { authenticator }, files: { locations }, workflows: { executor, starter } },
  ) {
    const store = new Forms(db, workspace)
    const links = new FormLinks(db)
    const launches = createLaunches(db)
    const use = new FormUse({
      workspace,
      starter,
      executor,
      launches,
      uploaded: async (scope, id) => {
        const uploads = await locations.at(scope, 'uploads')
        return (await uploads.exists(id)) ? uploads.info(id) : null
      },
    })
    return {
      routes: () => [
        ...formRoutes({ db, forms: store, use, links, credentialOf: authenticator.credentialOf }),
        ...publicFormRoutes({ db, links, use, executor, upload: locations.upload }),
      ],
      cleanup: () => launches.forgetOld(),
      uses: (scope, workflowId) => store.using(scope, workflowId),
    }
  },
})
