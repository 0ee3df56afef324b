import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { Field } from '../../ui/Field.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { InlineProblem, Skeleton } from '../../ui/states.tsx'
import { NextTimes } from './NextTimes.tsx'
import { scheduleQueries } from './queries.ts'
import { presets, timezones } from './schedule-words.ts'

export interface Times {
  cron: string
  timezone: string
}

const SETTLE_MS = 200

/** The cron expression and its zone, and what they mean, while they are typed. */
export function TimesFields({
  times,
  onChange,
  problems,
}: {
  times: Times
  onChange: (times: Times) => void
  problems: { cron: string | undefined; timezone: string | undefined }
}) {
  const zones = useId()
  const settled = useSettled(times)
  const preview = useQuery({ ...scheduleQueries.preview(settled), retry: false })
  const refused = fieldErrorsOf(preview.error)
  const problemOf = (field: keyof Times) =>
    refused.find((one) => one.field === field)?.message ?? problems[field]
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Cron" required problem={problemOf('cron')}>
          {({ id, describedBy, invalid }) => (
            <input
              id={id}
              className="control font-mono"
              aria-describedby={describedBy}
              aria-invalid={invalid}
              value={times.cron}
              maxLength={200}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => onChange({ ...times, cron: event.target.value })}
            />
          )}
        </Field>
        <Field label="Time zone" required problem={problemOf('timezone')}>
          {({ id, describedBy, invalid }) => (
            <>
              <input
                id={id}
                className="control"
                aria-describedby={describedBy}
                aria-invalid={invalid}
                list={zones}
                value={times.timezone}
                maxLength={100}
                spellCheck={false}
                autoComplete="off"
                onChange={(event) => onChange({ ...times, timezone: event.target.value })}
              />
              <datalist id={zones}>
                {timezones().map((zone) => (
                  <option key={zone} value={zone} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <fieldset className="-mt-1 flex flex-wrap gap-1.5">
        <legend className="sr-only">Start from</legend>
        {presets.map(({ label, cron }) => (
          <Button
            key={cron}
            size="sm"
            look={times.cron === cron ? 'plain' : 'quiet'}
            aria-pressed={times.cron === cron}
            onClick={() => onChange({ ...times, cron })}
          >
            {label}
          </Button>
        ))}
      </fieldset>
      <section
        aria-label="Preview"
        aria-live="polite"
        className="min-h-40 rounded-md border border-line bg-sunken px-3 py-2.5"
      >
        <QueryView
          query={preview}
          pending={<Skeleton className="h-5 w-2/3" />}
          failed={(error) => (
            <p className="text-sm text-muted">
              {refused.length > 0
                ? 'A description appears here once the expression is valid.'
                : explain(error).message}
            </p>
          )}
        >
          {({ text, next, warning }) => (
            <>
              <p className="mb-1.5 font-medium">{text}</p>
              <NextTimes next={next} timezone={settled.timezone} />
              {warning && !preview.isPlaceholderData && (
                <div className="mt-2">
                  <InlineProblem tone="warn">{warning}</InlineProblem>
                </div>
              )}
            </>
          )}
        </QueryView>
      </section>
    </>
  )
}

/** The value once it has not changed for a moment. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
