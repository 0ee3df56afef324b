import type { z } from 'zod'
import { configMethods } from './methods/config.ts'
import { contextMethods } from './methods/context.ts'
import { cursorMethods } from './methods/cursors.ts'
import { eventMethods } from './methods/events.ts'
import { executionMethods } from './methods/executions.ts'
import { fileMethods } from './methods/files.ts'
import { integrationMethods } from './methods/integrations.ts'
import { organizationMethods } from './methods/organizations.ts'
import { roleMethods } from './methods/roles.ts'
import { tableMethods } from './methods/tables.ts'
import { taskMethods } from './methods/tasks.ts'
import { userMethods } from './methods/users.ts'
import { workflowMethods } from './methods/workflows.ts'

/**
 * All that code may ask of the platform, by name: what is not declared here cannot be called, and the server does not
 * start without an implementation of what is.
 * @example methods['tables.get'].effect // 'read'
 */
export const methods = {
  ...configMethods,
  ...contextMethods,
  ...cursorMethods,
  ...eventMethods,
  ...executionMethods,
  ...fileMethods,
  ...integrationMethods,
  ...organizationMethods,
  ...roleMethods,
  ...tableMethods,
  ...taskMethods,
  ...userMethods,
  ...workflowMethods,
}

/** The name of a method, such as `tables.get`. */
export type MethodName = keyof typeof methods

/** What a caller gives a method. People of the provider may add `scope`: `global`, or the id of an organization. */
export type MethodArgs<N extends MethodName> = Given<z.input<(typeof methods)[N]['args']>> & {
  scope?: string
}

/** Zod's type of an object without members would forbid `scope`. */
type Given<T> = T extends Record<string, never> ? unknown : T

/** What a method answers. */
export type MethodResult<N extends MethodName> = z.output<(typeof methods)[N]['result']>

/**
 * Whether there is a method of this name.
 * @example isMethodName('tables.get') // true
 */
export const isMethodName = (name: string): name is MethodName => Object.hasOwn(methods, name)
