import ts from 'typescript'
import { bare } from './static-value.ts'

const TEXT_LENGTH_MAX = 160

/**
 * What a condition or a list asks, in the author's words but without the way to the values: `order.total > 1000` for
 * `(ctx) => ctx.results['order'].total > 1000`; of a named function its name.
 */
export function questionText(question: ts.Expression | undefined, checker: ts.TypeChecker): string | null {
  if (!question) return null
  const expression = bare(question)
  if (!ts.isArrowFunction(expression) && !ts.isFunctionExpression(expression))
    return clipped(plain(expression.getText(), null))
  const { body } = expression
  const parameter = expression.parameters[0]?.name
  const context = parameter && ts.isIdentifier(parameter) ? parameter.text : null
  if (!ts.isBlock(body)) return clipped(plain(callText(body, context, checker) ?? body.getText(), context))
  const returns = body.statements.filter((statement) => ts.isReturnStatement(statement))
  const [only] = returns
  const told = returns.length === 1 && body.statements.length === 1 ? only?.expression : undefined
  return clipped(plain(told ? told.getText() : body.getText().slice(1, -1), context))
}

/** `(ctx) => isLarge(ctx)` asks what `isLarge` asks. */
function callText(body: ts.Node, context: string | null, checker: ts.TypeChecker): string | null {
  if (!ts.isCallExpression(body) || !ts.isIdentifier(body.expression)) return null
  const [only, ...others] = body.arguments
  if (!only || others.length > 0 || only.getText() !== context) return null
  return checker.getSymbolAtLocation(body.expression)?.name ?? null
}

function plain(text: string, context: string | null): string {
  const from = context === null ? '' : `\\b${context.replaceAll('$', '\\$')}\\.`
  return text
    .replace(new RegExp(`${from}results\\[(['"\`])(.*?)\\1\\]`, 'g'), '$2')
    .replace(new RegExp(`${from}results\\.`, 'g'), '')
    .replace(new RegExp(`${from}input\\.`, 'g'), '')
    .replace(context === null ? /(?!)/ : new RegExp(`${from}(item|index)\\b`, 'g'), '$1')
    .replace(/\s+/g, ' ')
    .trim()
}

const clipped = (text: string): string =>
  text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX - 1)}…` : text
