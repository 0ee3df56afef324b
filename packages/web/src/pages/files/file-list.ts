import { defineList, text } from '../../ui/list-search.ts'

export const fileList = defineList('files', { q: text })
