import { type FormOption, type Json, type RouteAnswer, routes, type ShownForm } from '@bifrost/contract'
import { api } from '../../../app/api.ts'
import type { UploadTarget } from '../../../parameter-form/upload-file.ts'

export type Answers = Record<string, Json>
export type Startup = RouteAnswer<typeof routes.startForm>
export type FillableForm = Omit<ShownForm, 'id' | 'allow_schedule'>

/** What a form asks of the server while a person fills it in; a form of the app and a public link ask different routes. */
export interface FormClient {
  /** Tells its answers apart from those of other forms. */
  key: string
  startup(): Promise<Startup>
  options(field: string, fields: Answers, handle: string | undefined): Promise<readonly FormOption[]>
  uploadTo?: (field: string) => UploadTarget
}

export const ownFormClient = (id: string): FormClient => ({
  key: id,
  startup: () => api(routes.startForm, { params: { id } }),
  options: async (field, fields, handle) =>
    (
      await api(routes.getFormOptions, {
        params: { id, field },
        body: { fields, ...(handle && { startup_handle: handle }) },
      })
    ).items,
})

export const publicFormClient = (token: string): FormClient => ({
  key: token,
  startup: () => api(routes.startPublicForm, { params: { token } }),
  options: async (field, fields, handle) =>
    (
      await api(routes.getPublicFormOptions, {
        params: { token, field },
        body: { fields, ...(handle && { startup_handle: handle }) },
      })
    ).items,
  uploadTo: (field) => ({ route: routes.uploadPublicFormFile, params: { token, field } }),
})

/** Looks at a form that is not saved: nothing is asked of anybody. */
export const previewClient: FormClient = {
  key: 'preview',
  startup: async () => ({ status: 'SUCCESS', result: null, error: null, handle: null, expires_at: null }),
  options: async () => [],
}

/** What expressions see of a launch: its members, or one value under that name. */
export function contextOf(result: Json | undefined): Answers {
  if (result === null || result === undefined) return {}
  return typeof result === 'object' && !Array.isArray(result) ? result : { value: result }
}
