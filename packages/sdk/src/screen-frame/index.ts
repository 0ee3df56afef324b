/// <reference lib="dom" />
// What screens import: `import { useScreen, Form } from 'bifrost/screen'`. Adding a line here is a promise.
export { Actions, type ActionsProps, Button, type ButtonProps } from './Actions.tsx'
export { Document, type DocumentProps } from './Document.tsx'
export { Form, type FormProps } from './Form.tsx'
export { Table, type TableColumn, type TableProps } from './Table.tsx'
export { Text, type TextProps } from './Text.tsx'
export { type Screen, type ScreenValue, useScreen } from './use-screen.ts'
