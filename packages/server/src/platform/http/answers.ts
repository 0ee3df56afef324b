import fastJson from 'fast-json-stringify'
import type { FastifySerializerCompiler } from 'fastify'
import type { z } from 'zod'
import { jsonSchema, lazily } from './schemas.ts'

/** Writes answers by their schema: members that the contract does not name are left out. */
export const compileAnswer: FastifySerializerCompiler<z.ZodType> = ({ schema }) =>
  lazily(() => answerWriter(schema))

export const answerWriter = (schema: z.ZodType): ((data: unknown) => string) =>
  fastJson(jsonSchema(schema, { target: 'draft-7', io: 'output' }) as fastJson.Schema)
