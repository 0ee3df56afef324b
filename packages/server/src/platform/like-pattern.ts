/**
 * The pattern of LIKE for texts that contain this one, whose own signs mean nothing.
 * @example likePattern('100%') // '%100\\%%'
 */
export const likePattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`
