import {
  credentialsOf,
  type FieldError,
  type IntegrationAuthSettings,
  type IntegrationCredentials,
  type IntegrationField,
  type Json,
  validationError,
} from '@bifrost/contract'
import type { Egress } from '../../platform/egress/egress.ts'
import type { Definition, IntegrationRow } from './queries.ts'

/** Which members of `auth_settings` belong to which way; another one would have no effect. */
const SETTINGS: Record<Definition['auth'], readonly (keyof IntegrationAuthSettings)[]> = {
  none: [],
  api_key: ['in', 'name', 'prefix'],
  basic: [],
  bearer: [],
  oauth: ['issuer', 'authorize_url', 'token_url', 'scopes', 'client_auth', 'parameters'],
  client_credentials: ['issuer', 'token_url', 'scopes', 'client_auth', 'parameters'],
}
/** What the platform sets itself in requests of OAuth. */
const RESERVED = new Set([
  'client_id',
  'client_secret',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'grant_type',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
])
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** Refuses a definition that could not work, or that would send credentials where anybody can read them. */
export function checkDefinition(definition: Definition, egress: Egress, allow: readonly string[]): void {
  const errors: FieldError[] = []
  const { auth, auth_settings: settings } = definition
  const address = (field: string, text: string | undefined) => {
    if (text === undefined) return
    const url = URL.parse(text)
    if (!url || !/^https?:$/.test(url.protocol))
      errors.push({ field, message: 'must be an address that begins with https://' })
    else if (url.username !== '' || url.password !== '' || url.hash !== '')
      errors.push({ field, message: 'must have no user, password or # part' })
    else if (url.protocol === 'http:' && !egress.opens(url, allow))
      errors.push({
        field,
        message:
          'must begin with https://; plain http is for hosts that BIFROST_EGRESS_ALLOW or a rule of the organization names',
      })
  }
  address('base_url', definition.base_url)
  if (URL.parse(definition.base_url)?.search)
    errors.push({ field: 'base_url', message: 'must have no query' })
  for (const name of ['issuer', 'authorize_url', 'token_url'] as const)
    address(`auth_settings.${name}`, settings[name])
  for (const name of Object.keys(settings) as (keyof IntegrationAuthSettings)[])
    if (settings[name] !== undefined && !SETTINGS[auth].includes(name))
      errors.push({
        field: `auth_settings.${name}`,
        message: `does not apply to the authentication "${auth}"`,
      })
  if (auth === 'api_key') {
    if (settings.in === 'query' && !settings.name)
      errors.push({ field: 'auth_settings.name', message: 'is required: the name of the query parameter' })
    if (settings.in !== 'query' && settings.name !== undefined && !HEADER.test(settings.name))
      errors.push({ field: 'auth_settings.name', message: 'is not the name of a header' })
    if (settings.prefix !== undefined && !/^[\x20-\x7e]*$/.test(settings.prefix))
      errors.push({ field: 'auth_settings.prefix', message: 'may have plain characters only' })
  }
  if (auth === 'oauth' && !settings.issuer && !(settings.authorize_url && settings.token_url))
    errors.push({
      field: 'auth_settings.issuer',
      message: 'is required, or authorize_url and token_url are',
    })
  if (auth === 'client_credentials' && !settings.issuer && !settings.token_url)
    errors.push({ field: 'auth_settings.issuer', message: 'is required, or token_url is' })
  for (const name of Object.keys(settings.parameters ?? {}))
    if (RESERVED.has(name))
      errors.push({ field: `auth_settings.parameters.${name}`, message: 'is set by the platform' })
  const names = definition.config_fields.map(({ name }) => name)
  definition.config_fields.forEach((field, index) => {
    if (names.indexOf(field.name) !== index)
      errors.push({ field: `config_fields.${index}.name`, message: 'occurs twice' })
    if (field.default !== undefined && field.type === 'secret')
      errors.push({
        field: `config_fields.${index}.default`,
        message: 'cannot be set: each organization enters its own secret',
      })
    else if (field.default !== undefined && !fits(field.type, field.default))
      errors.push({ field: `config_fields.${index}.default`, message: `is not a ${field.type}` })
  })
  if (errors.length > 0) throw validationError(errors)
}

/** Values of an organization: each is a field of the definition, with its type. Null takes a value away. */
export function checkConfig(integration: IntegrationRow, config: Record<string, Json>): void {
  const errors: FieldError[] = []
  for (const [name, value] of Object.entries(config)) {
    const field = integration.config_fields.find((one) => one.name === name)
    if (!field) errors.push({ field: `config.${name}`, message: 'is not a field of this integration' })
    else if (value !== null && !fits(field.type, value))
      errors.push({
        field: `config.${name}`,
        message: field.type === 'secret' ? SECRET_TEXT : `must be a ${field.type}`,
      })
  }
  if (errors.length > 0) throw validationError(errors)
}

/** Credentials that the way of this integration has no use for are a mistake, and are not kept. */
export function checkCredentials(integration: IntegrationRow, credentials: IntegrationCredentials): void {
  const { required, optional } = credentialsOf[integration.auth]
  const errors = Object.entries(credentials).flatMap(([name, value]) => {
    if (![...required, ...optional].includes(name as keyof IntegrationCredentials))
      return [
        {
          field: `credentials.${name}`,
          message: `does not apply to the authentication "${integration.auth}"`,
        },
      ]
    // A header cannot carry a line break, and what comes after it would be a header of its own.
    if (typeof value === 'string' && /[\r\n\0]/.test(value))
      return [{ field: `credentials.${name}`, message: 'must be one line' }]
    return []
  })
  if (errors.length > 0) throw validationError(errors)
}

const SECRET_CHARACTERS_MAX = 10_000
const SECRET_TEXT = `must be a text of at most ${SECRET_CHARACTERS_MAX.toLocaleString('en-US')} characters`

const fits = (type: IntegrationField['type'], value: Json): boolean =>
  type === 'secret'
    ? typeof value === 'string' && value.length > 0 && value.length <= SECRET_CHARACTERS_MAX
    : type === 'json' || typeof value === type

/** Everything that says where credentials go: when it changes, they were entered for something else. */
export const whereCredentialsGo = ({ base_url, hosts, auth, auth_settings }: Definition): string =>
  JSON.stringify([base_url, [...hosts].sort(), auth, Object.entries(auth_settings).sort()])
