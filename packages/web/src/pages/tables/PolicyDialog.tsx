import { accountRoles, PolicyVerb, type TablePolicy, Where } from '@bifrost/contract'
import { useForm, useWatch } from 'react-hook-form'
import { roleGroups } from '../../role-names.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { CheckField, CheckGroupField, TextAreaField, TextField } from '../../ui/fields.tsx'

/** So that administrators do not lock themselves out. */
export const administrators: TablePolicy = {
  name: 'administrators',
  verbs: ['select', 'insert', 'update', 'delete'],
  roles: ['platform_admin', 'org_admin'],
}

const verbLabels = { select: 'See', insert: 'Add', update: 'Change', delete: 'Delete' }

/** Adds a policy or changes one. */
export function PolicyDialog({
  policy,
  isFirst,
  save,
  onClose,
}: {
  policy: TablePolicy | null
  isFirst: boolean
  save: (policy: TablePolicy, keepsAdministrators: boolean) => Promise<unknown>
  onClose: () => void
}) {
  const form = useForm({
    defaultValues: {
      name: policy?.name ?? '',
      verbs: (policy?.verbs ?? ['select']) as PolicyVerb[],
      // Ids of roles that the page has no box for stay as they are.
      roles: policy?.roles ?? [],
      condition: policy ? JSON.stringify(policy.condition ?? {}) : '{"created_by": "$user.id"}',
      check: policy?.check ? JSON.stringify(policy.check) : '',
      keeps: isFirst,
    },
  })
  const { control } = form
  const verbs = useWatch({ control, name: 'verbs' })
  return (
    <FormDialog
      form={form}
      title={policy ? `Edit ${policy.name}` : 'Add a policy'}
      confirm="Save"
      className="w-[min(36rem,calc(100vw-2rem))]"
      save={({ name, roles, condition, check, keeps }) =>
        save(
          {
            name: name.trim(),
            verbs,
            ...(roles.length > 0 ? { roles } : {}),
            condition: whereOf(condition || '{}') ?? {},
            ...(check.trim() === '' ? {} : { check: whereOf(check) }),
          },
          keeps,
        )
      }
      onSaved={onClose}
      onClose={onClose}
    >
      <TextField control={control} name="name" label="Name" required maxLength={100} focus />
      <CheckGroupField
        control={control}
        name="verbs"
        label="Allows"
        options={PolicyVerb.options.map((value) => ({ value, label: verbLabels[value] }))}
        check={(chosen: string[]) => (chosen.length > 0 ? undefined : 'Choose what it allows')}
      />
      <CheckGroupField
        control={control}
        name="roles"
        label="Applies to (empty = everyone)"
        options={accountRoles.map((value) => ({ value, label: roleGroups[value] }))}
      />
      <TextAreaField
        control={control}
        name="condition"
        label="Rows"
        help="A filter as JSON. Values may be `$user.id`, `$user.email` and `$org.id`; `{}` is all rows."
        rows={3}
        check={(text: string) =>
          whereOf(text || '{}') ? undefined : 'Not a valid filter, such as {"owner": "$user.id"}'
        }
      />
      {verbs.includes('update') && (
        <TextAreaField
          control={control}
          name="check"
          label="Rows after a change"
          help="A filter that a changed row must match. If empty, the conditions on $user and $org in the filter above must still hold."
          rows={2}
          check={(text: string) =>
            text.trim() === '' || whereOf(text) ? undefined : 'Not a valid filter, such as {"status": "open"}'
          }
        />
      )}
      {isFirst && (
        <CheckField
          control={control}
          name="keeps"
          label="Also add a policy that lets administrators do everything"
        />
      )}
    </FormDialog>
  )
}

function whereOf(text: string): Where | undefined {
  try {
    const parsed = Where.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
