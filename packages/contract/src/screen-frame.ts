import { z } from 'zod'
import type { Parameter } from './parameters.ts'
import { Json } from './parameters.ts'

/**
 * What the frame of a screen says to the page around it. The frame runs code of the workspace on an origin of its own:
 * everything is checked on arrival, and nothing else crosses.
 */
export const FromScreen = z.discriminatedUnion('type', [
  z.object({ bifrost: z.literal(1), type: z.literal('ready') }),
  /** The first of all, with a port that speaks whenever a person presses a key or a button in the frame. */
  z.object({ bifrost: z.literal(1), type: z.literal('watch') }),
  z.object({ bifrost: z.literal(1), type: z.literal('height'), height: z.number().min(0).max(100_000) }),
  z.object({ bifrost: z.literal(1), type: z.literal('complete'), value: Json }),
  z.object({ bifrost: z.literal(1), type: z.literal('cancel'), comment: z.string().max(4000) }),
  z.object({ bifrost: z.literal(1), type: z.literal('draft'), value: Json }),
  /** `isShown`: something went wrong beside the screen, which is still there. */
  z.object({
    bifrost: z.literal(1),
    type: z.literal('failed'),
    message: z.string().max(10_000),
    isShown: z.boolean(),
  }),
])
export type FromScreen = z.infer<typeof FromScreen>

/** What the page says to the frame: all of it, whenever something of it changes. */
export interface ToScreen {
  bifrost: 1
  theme: 'light' | 'dark'
  title: string
  props: Json
  draft: Json
  fields: Parameter[] | null
  /** An answer is on its way, or the task is not one that this person may answer now. */
  isBusy: boolean
  /** What the server said is wrong with the last answer, by dotted path. */
  fieldErrors: { [field: string]: string }
  /** What was wrong with it as a whole. */
  error: string | null
}
