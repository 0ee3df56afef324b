import { expect, test } from 'vitest'
import {
  FormField,
  integrationProblemText,
  nameSchema,
  routes,
  signInProblemText,
  TableColumn,
} from './index.ts'
import { asFileName, fileNameSchema } from './names.ts'

const bad = [
  'two\r\nlines',
  'tab\there',
  'nul\0',
  '\u202eevil',
  'zero\u200bwidth',
  '\u2066isolated',
  'line\u2028end',
  '\u0085',
  '',
  '   ',
]

test.each(bad)('%j is no name', (name) => {
  expect(nameSchema(200).safeParse(name).success).toBe(false)
})

test.each(['Ada Lovelace', 'O\u2019Brien & Søns', '日本語', 'عربي', '👩‍💻 Team', 'a'.repeat(200)])(
  '%j is one',
  (name) => {
    expect(nameSchema(200).safeParse(name).success).toBe(true)
  },
)

test('the bodies of all that people name take names alone (V16)', () => {
  const named = {
    createUser: { email: 'a@example.com' },
    createOrganization: {},
    createRole: {},
    createKey: {},
  } as const
  for (const [route, rest] of Object.entries(named)) {
    const { body } = routes[route as keyof typeof named]
    expect([route, body.safeParse({ ...rest, name: 'Plain' }).success]).toEqual([route, true])
    for (const name of bad) expect([route, body.safeParse({ ...rest, name }).success]).toEqual([route, false])
  }
})

test('labels of forms, columns of tables and names of files are one line', () => {
  const label = (text: string) => FormField.safeParse({ name: 'a', type: 'text', label: text }).success
  const column = (name: string) => TableColumn.safeParse({ name, type: 'text' }).success
  const file = (name: string) => routes.uploadFile.query.safeParse({ name }).success
  for (const text of ['two\r\nlines', 'tab\there', 'nul\0', '\u202eevil', 'line\u2028end'])
    expect([text, label(text), column(text), file(text)]).toEqual([text, false, false, false])
  // Some systems put marks of direction before the names of files that they make.
  for (const text of ['Plain', '\u200eIMG 1.jpg']) expect(file(text)).toBe(true)
  expect([label('Plain'), label(''), column('Plain')]).toEqual([true, true, true])
})

test('the pages of integrations say a problem of a closed list, and nothing else', () => {
  expect(integrationProblemText('expired')).toContain('Connect again')
  for (const text of ['Call 0800 now', 'constructor', '__proto__', '', undefined])
    expect(integrationProblemText(text)).toBeUndefined()
})

test('the sign-in page says a problem of a closed list, and nothing else (V16)', () => {
  expect(signInProblemText('no_account')).toContain('no account')
  for (const text of ['Call 0800 now', 'constructor', '__proto__', '', undefined])
    expect(signInProblemText(text)).toBeUndefined()
})

test('a file that was sent under any name gets one that a parameter takes', () => {
  for (const name of ['con\0trol', '\u202etxt.exe', 'a\r\nb', '', 'ü'.repeat(300), `${'a'.repeat(254)}😀`])
    expect(fileNameSchema.safeParse(asFileName(name)).success).toBe(true)
  expect(asFileName('list of things.csv')).toBe('list of things.csv')
})
