/**
 * Who may do what. A route names one permission; a role is a set of them. `public` routes are named here one by one:
 * nothing is public by prefix.
 */
export const permissions = [
  'public',
  'signed_in',
  'workflow:read',
  'workflow:run',
  'workflow:write',
  'code:execute',
  'execution:read',
  'execution:cancel',
  'execution:resume',
  'execution:debug',
  'event:emit',
  'task:read',
  'task:work',
  'file:read',
  'file:write',
  'config:read',
  'config:write',
  'table:read',
  'table:write',
  'schedule:read',
  'schedule:write',
  'key:manage',
  'endpoint:read',
  'endpoint:write',
  'form:use',
  'form:read',
  'form:write',
  'integration:read',
  'integration:write',
  'organization:read',
  'organization:write',
  'user:read',
  'user:write',
  'role:read',
  'role:write',
  'audit:read',
  'quota:read',
  'view:read',
  'view:write',
  'view:share',
  'platform:admin',
] as const
/** What a route asks for, and a role has. */
export type Permission = (typeof permissions)[number]

/**
 * The roles of an account. `platform_admin` stands outside organizations and may do everything; `external` is a person
 * from outside, who sees and runs only what a role was granted.
 */
export const accountRoles = ['platform_admin', 'org_admin', 'developer', 'member', 'external'] as const
/** The role of a person within their organization; `platform_admin` stands above all of them. */
export type AccountRole = (typeof accountRoles)[number]

const external: readonly Permission[] = [
  'public',
  'signed_in',
  'workflow:read',
  'workflow:run',
  'execution:read',
  'execution:cancel',
  'execution:resume',
  'task:read',
  'task:work',
  'form:use',
  'view:read',
  'view:write',
]
const member: readonly Permission[] = [...external, 'event:emit', 'key:manage', 'view:share']
const developer: readonly Permission[] = [
  ...member,
  'workflow:write',
  'execution:debug',
  'file:read',
  'file:write',
  'config:read',
  'table:read',
  'table:write',
  'schedule:read',
  'schedule:write',
  'endpoint:read',
  'endpoint:write',
  'form:read',
  'form:write',
  'integration:read',
  'user:read',
  'role:read',
  'organization:read',
  'quota:read',
]

/** The table that every "may I?" reads. */
export const permissionsOf: Record<AccountRole, readonly Permission[]> = {
  platform_admin: permissions,
  org_admin: [
    ...developer,
    'config:write',
    'integration:write',
    'organization:write',
    'user:write',
    'role:write',
    'audit:read',
  ],
  developer,
  member,
  external,
}

/**
 * Whether a role has a permission.
 * @example roleMay('member', 'code:execute') // false
 */
export const roleMay = (role: AccountRole, permission: Permission): boolean =>
  permissionsOf[role].includes(permission)
