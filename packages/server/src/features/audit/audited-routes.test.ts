import { type Route, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { readSources } from '../../testing/sources.ts'

// Every route that is no GET writes a row of the audit log, or says here why not. A new one is named here, or this fails.

const RUNS = 'starts or reads a run, and the history says who started it'
const READS = 'reads: its body is a question'
const TASKS = 'a task keeps who did what with it, and shows it'
const ROWS = 'rows of tables are data; who may write them is in the log, and policies that refuse'
const PASSING = 'the first half of something whose end is in the log'

/** The action that it writes, or a reason in a sentence. */
const audited: Record<string, string> = {
  setUp: 'user.sign_in',
  login: 'user.sign_in',
  loginSecondFactor: 'user.sign_in',
  loginPasskey: 'user.sign_in',
  startPasskeyLogin: PASSING,
  logout: 'user.sign_out',
  createKey: 'api_key.create',
  deleteKey: 'api_key.delete',
  changePassword: 'user.set_password',
  resetPassword: 'user.set_password',
  prove: PASSING,
  startTotp: PASSING,
  confirmTotp: 'user.add_totp',
  removeTotp: 'user.remove_totp',
  newRecoveryCodes: 'user.new_recovery_codes',
  startPasskey: PASSING,
  addPasskey: 'user.add_passkey',
  renamePasskey: 'the name of one’s own passkey gives no one any rights',
  deletePasskey: 'user.delete_passkey',
  endSession: 'session.end',
  endOtherSessions: 'session.end',
  makePasswordReset: 'user.make_password_link',
  removeFactors: 'user.remove_factors',
  endUserSessions: 'user.end_sessions',
  setSignInPolicy: 'organization.set_sign_in_policy',
  startDeviceLogin: PASSING,
  pollDeviceLogin: 'api_key.create',
  answerDeviceLogin: 'device_login.allow',
  createIdentityProvider: 'identity_provider.create',
  updateIdentityProvider: 'identity_provider.update',
  deleteIdentityProvider: 'identity_provider.delete',
  checkIdentityProvider: READS,
  createOrganization: 'organization.create',
  updateOrganization: 'organization.update',
  deleteOrganization: 'organization.delete',
  setQuotas: 'organization.set_quotas',
  createUser: 'user.create',
  updateUser: 'user.update',
  deleteUser: 'user.delete',
  createInvitation: 'user.invite',
  deleteInvitation: 'user.uninvite',
  showInvitation: READS,
  acceptInvitation: 'user.accept_invitation',
  createRole: 'role.create',
  updateRole: 'role.update',
  deleteRole: 'role.delete',
  addRoleMember: 'role.add_member',
  removeRoleMember: 'role.remove_member',
  addRoleGrant: 'role.grant',
  removeRoleGrant: 'role.revoke',
  setWorkflowAccess: 'workflow.access',
  createWorkflow: 'workflow.create',
  updateWorkflow: 'workflow.update',
  deleteWorkflow: 'workflow.delete',
  executeWorkflow: RUNS,
  runWorkflow: RUNS,
  testWorkflow: RUNS,
  executeCode: 'code.execute',
  cancelExecution: 'execution.cancel',
  resumeExecution: 'execution.resume',
  rerunExecution: RUNS,
  forkExecution: RUNS,
  bulkExecutions: 'execution.bulk_',
  checkHistories: READS,
  continueExecution: 'execution.continue',
  createView: 'view.create',
  updateView: 'view.update',
  deleteView: 'view.delete',
  createTable: 'table.create',
  changeTable: 'table.change',
  dropTable: 'table.drop',
  createTableIndex: 'table.index',
  dropTableIndex: 'table.unindex',
  setTablePolicies: 'table.policies',
  importTable: 'table.import',
  queryTable: READS,
  writeTableRows: ROWS,
  updateTableRows: ROWS,
  deleteTableRows: ROWS,
  putTableRow: ROWS,
  changeTableRow: ROWS,
  deleteTableRow: ROWS,
  claimTask: TASKS,
  releaseTask: TASKS,
  completeTask: TASKS,
  cancelTask: TASKS,
  sendBackTask: TASKS,
  commentTask: TASKS,
  saveTaskDraft: TASKS,
  readFile: READS,
  listFiles: READS,
  fileExists: READS,
  fileInfo: READS,
  searchFiles: READS,
  writeFile: 'file.write',
  deleteFile: 'file.delete',
  makeFolder: 'file.create_folder',
  putFile: 'file.write',
  signFile: 'file.sign',
  signedUpload: 'file.write',
  uploadFile: 'file.upload',
  editorSaveFile: 'file.write',
  editorDeleteFile: 'file.delete',
  editorMakeDirectory: 'file.create_folder',
  editorRename: 'file.rename',
  retryPythonPackages: 'packages.retry',
  addEgressRule: 'egress.open',
  deleteEgressRule: 'egress.close',
  setConfig: 'config.set',
  deleteConfig: 'config.delete',
  createSchedule: 'schedule.create',
  updateSchedule: 'schedule.update',
  deleteSchedule: 'schedule.delete',
  runSchedule: RUNS,
  previewSchedule: READS,
  emitEvent: 'the log of events has it, and says who emitted it',
  replayEvent: 'event.replay',
  postEndpoint: RUNS,
  putEndpoint: RUNS,
  patchEndpoint: RUNS,
  deleteEndpoint: RUNS,
  postByKey: RUNS,
  createEndpointKey: 'endpoint_key.create',
  deleteEndpointKey: 'endpoint_key.delete',
  createForm: 'form.create',
  updateForm: 'form.update',
  deleteForm: 'form.delete',
  createFormLink: 'form_link.create',
  updateFormLink: 'form_link.update',
  deleteFormLink: 'form_link.delete',
  startForm: RUNS,
  getFormOptions: READS,
  submitForm: RUNS,
  startPublicForm: RUNS,
  getPublicFormOptions: READS,
  uploadPublicFormFile: 'a file of an unknown person, kept for one submission, whose run the history has',
  submitPublicForm: RUNS,
  callSdk: 'the method that is called writes its own rows',
  createIntegration: 'integration.create',
  updateIntegration: 'integration.update',
  deleteIntegration: 'integration.delete',
  configureIntegration: 'integration.configure',
  putIntegrationMappings: 'integration.map',
  deleteIntegrationMapping: 'integration.unmap',
  disconnectIntegration: 'integration.disconnect',
  connectIntegration: 'integration.connect',
  testIntegration: READS,
}

const isAction = (text: string) => /^[a-z_]+\.[a-z_]+$/.test(text)

test('every route that changes something is in the audit log, or says why not', () => {
  const changing = (Object.entries(routes) as [string, Route][])
    .filter(([, route]) => route.method !== 'GET')
    .map(([name]) => name)
  expect(Object.keys(audited).sort()).toEqual(changing.sort())
  const reasons = Object.values(audited).filter((text) => !isAction(text))
  expect(reasons.filter((text) => !text.includes(' '))).toEqual([])
})

test('every action of that list is one that the code writes', () => {
  const texts = readSources()
    .filter(({ path, isTest }) => !isTest && path.startsWith('packages/server/src/features/'))
    .map(({ text }) => text)
  const written = (action: string) => {
    // Of a family, the noun stands before a placeholder.
    const [noun, verb] = action.split('.')
    const forms = [`'${action}'`, `\`${action}\${`, `\`${noun}.\${`]
    const isVerb = (text: string) => new RegExp(`['|]${verb}['|]|'${verb}'`).test(text)
    return texts.some(
      (text) =>
        text.includes(forms[0] ?? '') ||
        text.includes(forms[1] ?? '') ||
        (text.includes(forms[2] ?? '') && isVerb(text)),
    )
  }
  expect([...new Set(Object.values(audited))].filter((text) => isAction(text) && !written(text))).toEqual([])
})
