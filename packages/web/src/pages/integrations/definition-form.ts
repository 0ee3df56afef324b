import type {
  Integration,
  IntegrationAuth,
  IntegrationAuthSettings,
  IntegrationField,
} from '@bifrost/contract'

/** What the form of a definition holds: text, as it is typed. */
export interface DefinitionForm {
  name: string
  description: string
  base_url: string
  hosts: string
  test_path: string
  /** Empty: none. */
  mapping_provider: string
  auth: IntegrationAuth
  place: 'header' | 'query'
  key_name: string
  prefix: string
  issuer: string
  authorize_url: string
  token_url: string
  scopes: string
  client_auth: 'post' | 'basic' | 'none'
  parameters: string
  /** What else a field has stays with it. */
  config_fields: (Pick<IntegrationField, 'name' | 'type'> & { required: boolean })[]
}

/** What the API calls a field, where this form calls it something else. */
export const namesInApi = {
  'auth_settings.in': 'place',
  'auth_settings.name': 'key_name',
  'auth_settings.prefix': 'prefix',
  'auth_settings.issuer': 'issuer',
  'auth_settings.authorize_url': 'authorize_url',
  'auth_settings.token_url': 'token_url',
  'auth_settings.scopes': 'scopes',
  'auth_settings.client_auth': 'client_auth',
  'auth_settings.parameters': 'parameters',
} as const

export function formOf(integration: Integration | null): DefinitionForm {
  const settings: IntegrationAuthSettings = integration?.auth_settings ?? {}
  return {
    name: integration?.name ?? '',
    description: integration?.description ?? '',
    base_url: integration?.base_url ?? '',
    hosts: integration?.hosts.join(', ') ?? '',
    test_path: integration?.test_path ?? '/',
    mapping_provider: integration?.mapping_provider ?? '',
    auth: integration?.auth ?? 'bearer',
    place: settings.in ?? 'header',
    key_name: settings.name ?? '',
    prefix: settings.prefix ?? '',
    issuer: settings.issuer ?? '',
    authorize_url: settings.authorize_url ?? '',
    token_url: settings.token_url ?? '',
    scopes: settings.scopes?.join(' ') ?? '',
    client_auth: settings.client_auth ?? 'post',
    parameters: Object.entries(settings.parameters ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    config_fields: (integration?.config_fields ?? []).map((field) => ({
      ...field,
      required: field.required ?? false,
    })),
  }
}

/** The form as the API takes it; what belongs to another way is left out. */
export function bodyOf(form: DefinitionForm) {
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    base_url: form.base_url.trim(),
    hosts: wordsOf(form.hosts),
    test_path: form.test_path.trim() || '/',
    mapping_provider: form.mapping_provider || null,
    auth: form.auth,
    auth_settings: settingsOf(form),
    config_fields: form.config_fields.map(({ required, ...field }) => ({
      ...field,
      // A default is for everybody to see.
      ...(field.type === 'secret' ? { default: undefined } : {}),
      name: field.name.trim(),
      ...(required ? { required } : {}),
    })),
  }
}

function settingsOf(form: DefinitionForm): IntegrationAuthSettings {
  if (form.auth === 'api_key')
    return {
      in: form.place,
      ...given('name', form.key_name),
      ...(form.place === 'header' ? given('prefix', form.prefix) : {}),
    }
  if (form.auth !== 'oauth' && form.auth !== 'client_credentials') return {}
  const scopes = wordsOf(form.scopes)
  const parameters = Object.fromEntries(
    form.parameters
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  )
  return {
    ...given('issuer', form.issuer),
    ...(form.auth === 'oauth' ? given('authorize_url', form.authorize_url) : {}),
    ...given('token_url', form.token_url),
    ...(scopes.length > 0 ? { scopes } : {}),
    ...(form.client_auth === 'post' ? {} : { client_auth: form.client_auth }),
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
  }
}

const given = (name: keyof IntegrationAuthSettings, text: string): IntegrationAuthSettings =>
  text.trim() === '' ? {} : { [name]: text.trim() }

const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '')
