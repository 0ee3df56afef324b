import type { SignatureReading } from '../signature.ts'
import type { Annotations } from './annotations.ts'
import { kindOf } from './classes.ts'
import type { Definition } from './definitions.ts'
import type { Module } from './modules.ts'
import type { Names } from './names.ts'
import { argumentsOf, dottedName } from './values.ts'

export interface GraphTools {
  annotations: Annotations
  names: Names
}

/** The inputs of a graph: the members of the class that its option `input` names, which come as one object. */
export function readGraphInput(
  { options }: Definition,
  module: Module,
  { annotations, names }: GraphTools,
): SignatureReading {
  const given = argumentsOf(module, options).named.get('input')
  const name = given ? dottedName(module, given) : null
  const target = name === null ? null : names.find(name, module)
  if (target?.kind !== 'own' || target.binding.kind !== 'class')
    return { parameters: [], arguments: [{ kind: 'object', names: [], rest: true }] }
  const kind = kindOf(target.binding.node, target.binding.decorators, target.module, names)
  const parameters = kind ? (annotations.fields(target.binding.node, target.module, kind) ?? []) : []
  return {
    parameters,
    arguments: [{ kind: 'object', names: parameters.map((one) => one.name), rest: parameters.length === 0 }],
  }
}
