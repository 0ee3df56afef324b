import { v7 } from 'uuid'

/** Ids grow with time, so that indexes are filled at one end and a page of history is one range. */
export const newId = (): string => v7()
