// Stands for the customer's directory (Entra ID, Google Workspace, LDAP). It answers from fixed data, so that the
// examples run anywhere; replace the bodies with calls to the real service and keep the signatures.

/** The departments that groups and cost centres hang on. */
export type Department = 'engineering' | 'finance' | 'sales' | 'support'

export interface DirectoryUser {
  id: string
  email: string
  name: string
  department: Department
  enabled: boolean
}

const users: readonly DirectoryUser[] = [
  {
    id: 'u-101',
    email: 'ada@contoso.example',
    name: 'Ada Lovelace',
    department: 'engineering',
    enabled: true,
  },
  {
    id: 'u-102',
    email: 'alan@contoso.example',
    name: 'Alan Turing',
    department: 'engineering',
    enabled: true,
  },
  {
    id: 'u-103',
    email: 'grace@contoso.example',
    name: 'Grace Hopper',
    department: 'engineering',
    enabled: false,
  },
  { id: 'u-104', email: 'luca@contoso.example', name: 'Luca Pacioli', department: 'finance', enabled: true },
  { id: 'u-105', email: 'mary@contoso.example', name: 'Mary Anning', department: 'sales', enabled: true },
  { id: 'u-106', email: 'rosa@contoso.example', name: 'Rosa Bonheur', department: 'support', enabled: true },
]

const groupsOf: Record<Department, readonly string[]> = {
  engineering: ['all-staff', 'developers', 'vpn-users'],
  finance: ['all-staff', 'ledger-readers'],
  sales: ['all-staff', 'crm-users'],
  support: ['all-staff', 'helpdesk', 'vpn-users'],
}

/** The domain whose addresses this customer may hand out. */
export const DOMAIN = 'contoso.example'

export async function listDepartments(): Promise<{ id: Department; name: string; people: number }[]> {
  return (Object.keys(groupsOf) as Department[]).map((id) => ({
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    people: users.filter((user) => user.department === id).length,
  }))
}

export async function listUsers(department?: Department): Promise<readonly DirectoryUser[]> {
  return department ? users.filter((user) => user.department === department) : users
}

export async function findUserByEmail(email: string): Promise<DirectoryUser | null> {
  return users.find((user) => user.email === email.trim().toLowerCase()) ?? null
}

export async function createUser(
  email: string,
  name: string,
  department: Department,
): Promise<DirectoryUser> {
  return { id: `u-${email.split('@')[0]}`, email, name, department, enabled: true }
}

export async function groupsForDepartment(department: Department): Promise<readonly string[]> {
  return groupsOf[department]
}

export async function setSignIn(
  userId: string,
  allowed: boolean,
): Promise<{ userId: string; allowed: boolean }> {
  return { userId, allowed }
}

export async function deleteUser(userId: string): Promise<{ userId: string; deleted: true }> {
  return { userId, deleted: true }
}
