import type { SdkModule } from '../../tenancy/sdk-method.ts'

/** `context.*` as user code calls it. That the run may act for the organization was decided before this is called. */
export const contextSdk: SdkModule<'context'> = {
  'context.setScope': async ({ owner, orgName }) => ({
    orgId: owner,
    orgName: owner === null ? null : orgName,
  }),
}
