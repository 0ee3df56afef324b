import { expect, test } from 'vitest'
import { bodyOf, formOf } from './definition-form.ts'

const form = (changes: object) => ({ ...formOf(null), name: 'A', base_url: 'https://a.example', ...changes })

test('what belongs to another way of signing in is left out', () => {
  const filled = {
    key_name: 'X-Key',
    prefix: 'Token',
    issuer: 'https://a.example',
    authorize_url: 'https://a.example/auth',
    scopes: 'read, write',
  }
  expect(bodyOf(form({ ...filled, auth: 'bearer' })).auth_settings).toEqual({})
  expect(bodyOf(form({ ...filled, auth: 'api_key' })).auth_settings).toEqual({
    in: 'header',
    name: 'X-Key',
    prefix: 'Token',
  })
  expect(bodyOf(form({ ...filled, auth: 'api_key', place: 'query' })).auth_settings).toEqual({
    in: 'query',
    name: 'X-Key',
  })
  expect(bodyOf(form({ ...filled, auth: 'client_credentials' })).auth_settings).toEqual({
    issuer: 'https://a.example',
    scopes: ['read', 'write'],
  })
})

test('lists are read by commas and spaces, parameters by lines', () => {
  const body = bodyOf(
    form({
      auth: 'oauth',
      hosts: 'a.example, *.b.example',
      parameters: 'prompt=consent\n\nx = a=b\nnothing',
    }),
  )
  expect(body.hosts).toEqual(['a.example', '*.b.example'])
  expect(body.auth_settings.parameters).toEqual({ prompt: 'consent', x: 'a=b' })
})

test('a definition that is opened and saved is the same', () => {
  const auth_settings = { issuer: 'https://a.example', scopes: ['x'], parameters: { prompt: 'consent' } }
  const known = {
    name: 'A',
    description: 'B',
    base_url: 'https://a.example',
    hosts: ['c.example'],
    auth: 'oauth',
    auth_settings,
    config_fields: [{ name: 'region', type: 'string' }],
    test_path: '/me',
    mapping_provider: 'tenants',
  }
  expect(bodyOf(formOf(known as never))).toEqual(known)
})

test('a value that becomes secret has no default any more', () => {
  const region = { name: 'region', type: 'secret', default: 'eu', required: false } as const
  expect(bodyOf(form({ config_fields: [region] })).config_fields).toEqual([
    { name: 'region', type: 'secret' },
  ])
})
