import { z } from 'zod'
import { nameSchema } from '../names.ts'
import { route } from '../route.ts'
import { Nothing } from './common.ts'

const tag = 'Device login'
const UserCode = z.string().min(1).max(20).describe('The code that the device shows')

/** A device that asks to be signed in. */
export const DeviceLogin = z.object({
  client_name: z.string(),
  address: z.string().nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})
export type DeviceLogin = z.infer<typeof DeviceLogin>

/** The device flow of RFC 8628, for the command line and whatever else has no browser. */
export const deviceRoutes = {
  startDeviceLogin: route({
    method: 'POST',
    path: '/api/auth/device',
    permission: 'public',
    tag,
    summary: 'Start to sign in a device: the person confirms user_code at verification_uri',
    body: z.strictObject({ client_name: nameSchema(100) }),
    response: z.object({
      device_code: z.string(),
      user_code: z.string(),
      verification_uri: z.string(),
      verification_uri_complete: z.string(),
      expires_in: z.int().describe('Seconds'),
      interval: z.int().describe('Seconds between two polls'),
    }),
  }),
  pollDeviceLogin: route({
    method: 'POST',
    path: '/api/auth/device/token',
    permission: 'public',
    tag,
    summary: 'Get the API key of a device once the person has confirmed; until then authorization_pending',
    body: z.strictObject({ device_code: z.string().min(1).max(200) }),
    response: z.object({
      access_token: z.string(),
      token_type: z.literal('Bearer'),
      expires_in: z.int().describe('Seconds'),
    }),
  }),
  getDeviceLogin: route({
    method: 'GET',
    path: '/api/auth/device',
    permission: 'signed_in',
    tag,
    summary: 'Get the device that shows a code',
    query: z.strictObject({ user_code: UserCode }),
    response: DeviceLogin,
  }),
  answerDeviceLogin: route({
    method: 'POST',
    path: '/api/auth/device/answer',
    permission: 'signed_in',
    tag,
    summary: 'Sign a device in as you, or refuse it',
    body: z.strictObject({ user_code: UserCode, allow: z.boolean() }),
    status: 204,
    response: Nothing,
  }),
} as const
