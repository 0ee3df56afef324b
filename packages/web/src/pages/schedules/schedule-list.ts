import { defineList, text } from '../../ui/list-search.ts'

export const scheduleList = defineList('schedules', { q: text })
