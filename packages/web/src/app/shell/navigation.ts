import type { Permission } from '@bifrost/contract'
import {
  Building2,
  CalendarClock,
  ClipboardList,
  Clock,
  FolderOpen,
  Gauge,
  House,
  IdCard,
  Inbox,
  KeyRound,
  LogIn,
  type LucideIcon,
  Plug,
  Radio,
  ScrollText,
  SlidersHorizontal,
  SquarePen,
  Table2,
  Users,
  Workflow,
} from 'lucide-react'

export interface NavigationItem {
  to:
    | '/'
    | '/workflows'
    | '/forms'
    | '/history'
    | '/tasks'
    | '/editor'
    | '/schedules'
    | '/events'
    | '/files'
    | '/config'
    | '/integrations'
    | '/tables'
    | '/keys'
    | '/single-sign-on'
    | '/audit'
    | '/usage'
    | '/organizations'
    | '/people'
    | '/roles'
  label: string
  icon: LucideIcon
  /** Who sees it. */
  permission: Permission
  /** What the command palette finds it by, besides its name. */
  words: string[]
  /** What is counted beside its name. */
  badge?: 'tasks'
}

export const navigation: { group: string; items: NavigationItem[] }[] = [
  {
    group: 'Run',
    items: [
      { to: '/', label: 'Home', icon: House, permission: 'signed_in', words: ['start', 'dashboard'] },
      {
        to: '/workflows',
        label: 'Workflows',
        icon: Workflow,
        permission: 'workflow:read',
        words: ['tools', 'data providers'],
      },
      {
        to: '/forms',
        label: 'Forms',
        icon: ClipboardList,
        permission: 'form:use',
        words: ['requests', 'submit'],
      },
      {
        to: '/tasks',
        label: 'Tasks',
        icon: Inbox,
        permission: 'task:read',
        words: ['inbox', 'approvals', 'screens'],
        badge: 'tasks',
      },
      {
        to: '/history',
        label: 'History',
        icon: Clock,
        permission: 'execution:read',
        words: ['runs', 'executions', 'logs'],
      },
    ],
  },
  {
    group: 'Build',
    items: [
      {
        to: '/editor',
        label: 'Editor',
        icon: SquarePen,
        permission: 'file:read',
        words: ['files', 'code', 'source'],
      },
      {
        to: '/schedules',
        label: 'Schedules',
        icon: CalendarClock,
        permission: 'schedule:read',
        words: ['cron', 'timers', 'nightly'],
      },
      {
        to: '/events',
        label: 'Events',
        icon: Radio,
        permission: 'execution:debug',
        words: ['emit', 'triggers', 'deliveries'],
      },
    ],
  },
  {
    group: 'Data',
    items: [
      {
        to: '/config',
        label: 'Config',
        icon: SlidersHorizontal,
        permission: 'config:read',
        words: ['secrets', 'settings', 'values'],
      },
      {
        to: '/integrations',
        label: 'Integrations',
        icon: Plug,
        permission: 'integration:read',
        words: ['oauth', 'connections', 'credentials', 'services'],
      },
      {
        to: '/tables',
        label: 'Tables',
        icon: Table2,
        permission: 'table:read',
        words: ['rows', 'documents', 'data', 'import'],
      },
      {
        to: '/files',
        label: 'Files',
        icon: FolderOpen,
        permission: 'file:read',
        words: ['uploads', 'folders', 'temp'],
      },
    ],
  },
  {
    group: 'Organization',
    items: [
      {
        to: '/organizations',
        label: 'Organizations',
        icon: Building2,
        permission: 'organization:read',
        words: ['customers', 'tenants', 'tree'],
      },
      {
        to: '/people',
        label: 'People',
        icon: Users,
        permission: 'user:read',
        words: ['users', 'accounts', 'invite', 'members'],
      },
      {
        to: '/roles',
        label: 'Roles',
        icon: IdCard,
        permission: 'role:read',
        words: ['access', 'permissions', 'grants'],
      },
      {
        to: '/keys',
        label: 'API keys',
        icon: KeyRound,
        permission: 'key:manage',
        words: ['tokens', 'access'],
      },
      {
        to: '/single-sign-on',
        label: 'Single sign-on',
        icon: LogIn,
        permission: 'platform:admin',
        words: ['oidc', 'openid', 'identity providers', 'sso'],
      },
      {
        to: '/audit',
        label: 'Audit',
        icon: ScrollText,
        permission: 'audit:read',
        words: ['log', 'who', 'changes', 'sign-ins'],
      },
    ],
  },
  {
    group: 'Insight',
    items: [
      {
        to: '/usage',
        label: 'Usage',
        icon: Gauge,
        permission: 'quota:read',
        words: ['quotas', 'limits'],
      },
    ],
  },
]
