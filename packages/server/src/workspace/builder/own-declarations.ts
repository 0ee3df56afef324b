import ts from 'typescript'

/**
 * What an organization's file says about more than itself, in words; null when nothing. All files of the workspace are
 * read as one program, and what one organization declares must mean nothing to the others.
 */
export function widerThanItself(file: ts.SourceFile): string | null {
  if (
    file.referencedFiles.length + file.libReferenceDirectives.length + file.typeReferenceDirectives.length >
      0 ||
    file.hasNoDefaultLib
  )
    return 'Files of an organization may not have /// <reference> lines.'
  if (file.isDeclarationFile && !ts.isExternalModule(file))
    return 'A .d.ts file of an organization must import or export something, so that its declarations stay its own.'
  const isWide = file.statements.some(
    (statement) =>
      ts.isNamespaceExportDeclaration(statement) ||
      (ts.isModuleDeclaration(statement) &&
        (ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0)),
  )
  return isWide ? 'Files of an organization may not declare global types or add to other modules.' : null
}
