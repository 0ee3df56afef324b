import type { ShownField } from '@bifrost/contract'
import { ParameterField } from '../../../parameter-form/ParameterField.tsx'
import { FormProvider } from '../../../parameter-form/use-parameter-form.ts'
import { HtmlFrame } from '../../../ui/HtmlFrame.tsx'
import { Markdown } from './Markdown.tsx'
import type { useFormFill } from './use-form-fill.ts'

/** The fields that show, in their order. */
export function FormFields({
  fields,
  fill,
}: {
  fields: readonly ShownField[]
  fill: ReturnType<typeof useFormFill>
}) {
  return (
    <FormProvider value={fill.state}>
      {fields
        .filter((field) => fill.visible.has(field.name))
        .map((field) =>
          field.type === 'markdown' ? (
            <Markdown key={field.name} text={field.content ?? ''} />
          ) : field.type === 'html' ? (
            <HtmlFrame key={field.name} html={field.content ?? ''} bare title={field.label ?? field.name} />
          ) : (
            <ParameterField
              key={field.name}
              parameter={fill.parameterOf(field)}
              path={field.name}
              value={fill.valueOf(field.name)}
              onChange={(value) => fill.setValue(field.name, value)}
            />
          ),
        )}
    </FormProvider>
  )
}
