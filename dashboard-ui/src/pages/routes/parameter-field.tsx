/** One parameter of a request. */
import { Field } from '../../parts/field.tsx'
import type { FormField } from './open-api.ts'

export interface ParameterFieldProps {
  readonly field: FormField
  readonly value: string
  readonly onChange: (value: string) => void
}

export function ParameterField({
  field: { name, place, isRequired, hint, options },
  value,
  onChange,
}: ParameterFieldProps) {
  const label = (
    <>
      <code>{name}</code> <span class="faint">{isRequired ? place : `${place}, optional`}</span>
    </>
  )
  return (
    <Field label={label} hint={hint || undefined}>
      {options.length > 0 ? (
        <select
          class="select"
          value={value}
          required={isRequired}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {!isRequired && <option value="">–</option>}
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          class="input"
          value={value}
          required={isRequired}
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
