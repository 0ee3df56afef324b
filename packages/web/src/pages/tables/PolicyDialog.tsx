import { accountRoles, PolicyVerb, TablePolicy, Where } from '@bifrost/contract'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { roleGroups } from '../../role-names.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'

/** So that nobody shuts themselves out. */
export const administrators: TablePolicy = {
  name: 'administrators',
  verbs: ['select', 'insert', 'update', 'delete'],
  roles: ['platform_admin', 'org_admin'],
}

const verbLabels = { select: 'See', insert: 'Add', update: 'Change', delete: 'Delete' }

export function PolicyDialog({
  policy,
  isFirst,
  error,
  busy,
  onSave,
  onClose,
}: {
  policy: TablePolicy | null
  isFirst: boolean
  error: Error | null
  busy: boolean
  onSave: (policy: TablePolicy, keepsAdministrators: boolean) => void
  onClose: () => void
}) {
  const [name, setName] = useState(policy?.name ?? '')
  const [verbs, setVerbs] = useState<readonly PolicyVerb[]>(policy?.verbs ?? ['select'])
  const [roles, setRoles] = useState<readonly string[]>(policy?.roles ?? [])
  const [condition, setCondition] = useState(
    policy ? JSON.stringify(policy.condition ?? {}) : '{"created_by": "$user.id"}',
  )
  const [check, setCheck] = useState(policy?.check ? JSON.stringify(policy.check) : '')
  const [keeps, setKeeps] = useState(isFirst)
  const [problems, setProblems] = useState<{ condition?: string; check?: string; verbs?: string }>({})

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const where = whereOf(condition || '{}')
    const after = check.trim() === '' ? undefined : whereOf(check)
    const wrong = {
      ...(where ? {} : { condition: 'Not a valid filter, such as {"owner": "$user.id"}' }),
      ...(after || check.trim() === '' ? {} : { check: 'Not a valid filter, such as {"status": "open"}' }),
      ...(verbs.length > 0 ? {} : { verbs: 'Choose what it allows' }),
    }
    setProblems(wrong)
    const made = TablePolicy.safeParse({
      name: name.trim(),
      verbs,
      ...(roles.length > 0 ? { roles } : {}),
      condition: where,
      ...(after ? { check: after } : {}),
    })
    if (Object.keys(wrong).length === 0 && made.success) onSave(made.data, keeps)
  }
  // Ids of roles that the page has no box for stay as they are.
  const toggle = <T extends string>(all: readonly T[], one: T) =>
    all.includes(one) ? all.filter((other) => other !== one) : [...all, one]
  return (
    <Dialog
      title={policy ? `Edit ${policy.name}` : 'Add a policy'}
      onClose={onClose}
      className="w-[min(36rem,calc(100vw-2rem))]"
    >
      <form onSubmit={submit} className="grid gap-4">
        {error && <InlineProblem>{explain(error).message}</InlineProblem>}
        <Field label="Name" required>
          {({ id }) => (
            <input
              id={id}
              className="control"
              value={name}
              required
              maxLength={100}
              data-autofocus
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Boxes
          legend="Allows"
          problem={problems.verbs}
          options={PolicyVerb.options.map((value) => ({ value, label: verbLabels[value] }))}
          chosen={verbs}
          onToggle={(verb) => setVerbs(toggle(verbs, verb))}
        />
        <Boxes
          legend="Applies to (empty = everyone)"
          options={accountRoles.map((value) => ({ value, label: roleGroups[value] }))}
          chosen={roles}
          onToggle={(role) => setRoles(toggle(roles, role))}
        />
        <Field
          label="Rows"
          problem={problems.condition}
          help="A filter as JSON. Values may be `$user.id`, `$user.email` and `$org.id`; `{}` is all rows."
        >
          {({ id, describedBy, invalid }) => (
            <textarea
              id={id}
              className="control block font-mono text-sm"
              rows={3}
              spellCheck={false}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              value={condition}
              onChange={(event) => setCondition(event.target.value)}
            />
          )}
        </Field>
        {verbs.includes('update') && (
          <Field
            label="Rows after a change"
            problem={problems.check}
            help="A filter that a changed row must match. If empty, what the filter above says about the person must still hold."
          >
            {({ id, describedBy, invalid }) => (
              <textarea
                id={id}
                className="control block font-mono text-sm"
                rows={2}
                spellCheck={false}
                aria-describedby={describedBy}
                aria-invalid={invalid}
                value={check}
                onChange={(event) => setCheck(event.target.value)}
              />
            )}
          </Field>
        )}
        {isFirst && (
          <label className="flex items-center gap-2">
            <input type="checkbox" checked={keeps} onChange={() => setKeeps(!keeps)} />
            Also add a policy that lets administrators do everything
          </label>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Boxes<T extends string>({
  legend,
  problem,
  options,
  chosen,
  onToggle,
}: {
  legend: string
  problem?: string | undefined
  options: readonly { value: T; label: string }[]
  chosen: readonly string[]
  onToggle: (value: T) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1 font-medium">{legend}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {options.map(({ value, label }) => (
          <label key={value} className="flex items-center gap-2">
            <input type="checkbox" checked={chosen.includes(value)} onChange={() => onToggle(value)} />
            {label}
          </label>
        ))}
      </div>
      {problem && <p className="mt-1 text-sm text-bad">{problem}</p>}
    </fieldset>
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
