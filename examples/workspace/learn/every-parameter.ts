import { type ExecutionContext, type FileRef, files, type Int, workflow } from 'bifrost'

/** How soon a person must look at it. Enums become dropdowns, with the names as labels. */
enum Urgency {
  CanWait = 1,
  ThisWeek = 2,
  Today = 3,
}

/** A nested object becomes a group of fields. */
interface Address {
  street: string
  city: string
  /** Two letters, such as DE. */
  country?: string
}

interface Contact {
  name: string
  email: string
  primary?: boolean
}

interface Showcase {
  /** A string is a text field. */
  title: string
  /** An Int is a whole number. */
  seats: Int
  /** A number may have decimals. */
  discount?: number
  /** A boolean is a switch; an optional one may also be left out. */
  urgent?: boolean
  /** A union of literals is a choice. */
  plan?: 'basic' | 'business' | 'enterprise'
  /** An enum is a choice, too. */
  urgency?: Urgency
  /** A list of texts. */
  tags?: string[]
  /** A list with a closed set of values. */
  weekdays?: ('monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday')[]
  /** An object is a group of fields. */
  address?: Address
  /** A list of objects. */
  contacts?: Contact[]
  /** A Date is a date and time. */
  startsAt?: Date
  /** A FileRef is an upload. */
  attachment?: FileRef
  /** A Record, or unknown, is JSON. */
  settings?: Record<string, unknown>
  /** Null may be sent on purpose, which is not the same as leaving it out. */
  endsAt: string | null
}

/**
 * Every kind of form field on one page, and what the code receives for each. Nothing is declared twice: the form is
 * read from the types below.
 */
export const everyParameter = workflow(
  { category: 'Learn', executionMode: 'sync', tags: ['form'] },
  async ({ title, seats, discount = 0, plan = 'basic', ...rest }: Showcase, ctx: ExecutionContext) => {
    const { startsAt, attachment, ...plain } = rest
    return {
      title,
      seats,
      discount,
      plan,
      ...plain,
      startsAt: startsAt ? startsAt.toISOString() : null,
      attachment: attachment
        ? { name: attachment.name, text: (await files.read(attachment)).slice(0, 200) }
        : null,
      runBy: ctx.email,
    }
  },
)
