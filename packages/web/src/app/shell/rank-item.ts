/**
 * How well an item of the palette fits what was typed; 0 hides it. Its value is its kind and its name. Letters count
 * only in a row: scattered ones would find a History for "hello".
 */
export function rankItem(value: string, search: string, keywords: readonly string[] = []): number {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const name = value.slice(value.indexOf(' ') + 1).toLowerCase()
  const text = `${value} ${keywords.join(' ')}`.toLowerCase()
  if (!words.every((word) => text.includes(word))) return 0
  const [first = ''] = words
  if (name === first) return 1
  if (name.startsWith(first)) return 0.8
  return name.includes(first) ? 0.6 : 0.3
}
