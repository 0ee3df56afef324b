import { parentPort } from 'node:worker_threads'
import type { RedactionAnswer, RedactionRequest } from './redaction-thread.ts'
import { Redactor } from './redactor.ts'

// The thread that searches large texts for secrets. It keeps what it knows of the latest processes of authors' code.

const REDACTORS_MAX = 16
const redactors = new Map<number, Redactor>()

function redactorOf({ redactor: id, secrets }: RedactionRequest): Redactor {
  const known = redactors.get(id) ?? new Redactor()
  // The latest one is the last of the map.
  redactors.delete(id)
  redactors.set(id, known)
  for (const secret of secrets) known.add(secret)
  const oldest = redactors.keys().next()
  if (redactors.size > REDACTORS_MAX && !oldest.done) redactors.delete(oldest.value)
  return known
}

function answer(request: RedactionRequest): RedactionAnswer {
  try {
    return { id: request.id, json: redactorOf(request).json(request.json) }
  } catch (error) {
    return { id: request.id, problem: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (request: RedactionRequest) => parentPort?.postMessage(answer(request)))
