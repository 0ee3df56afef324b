import { Plus, X } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { FieldGroup, type NestingProps } from './FieldGroup.tsx'
import { type ObjectValue, startValues } from './form-values.ts'

/** Nested fields. An optional object is not sent until it is added. */
export function ObjectControl({
  parameter,
  path,
  value,
  onChange,
  label,
  Field,
}: NestingProps<ObjectValue | null>) {
  const name = label ?? parameter.label
  if (value === null)
    return (
      <FieldGroup parameter={parameter} path={path} label={name} aside="optional">
        <Button
          size="sm"
          icon={Plus}
          onClick={() => onChange({ members: startValues(parameter.fields ?? []) })}
        >
          Add {name.toLowerCase()}
        </Button>
      </FieldGroup>
    )
  return (
    <FieldGroup
      boxed
      parameter={parameter}
      path={path}
      label={name}
      aside={
        !parameter.required && (
          <Button look="quiet" size="sm" icon={X} className="-mt-1 -mr-2" onClick={() => onChange(null)}>
            Remove
          </Button>
        )
      }
    >
      <ObjectFields Field={Field} parameter={parameter} path={path} value={value} onChange={onChange} />
    </FieldGroup>
  )
}

export function ObjectFields({ parameter, path, value, onChange, Field }: NestingProps<ObjectValue>) {
  return (
    <div className="flex flex-col gap-4 pt-1">
      {(parameter.fields ?? []).map((field, at) => (
        <Field
          key={field.name}
          parameter={field}
          path={`${path}.${at}`}
          value={value.members[at] ?? null}
          onChange={(member) => onChange({ members: value.members.with(at, member) })}
        />
      ))}
    </div>
  )
}
