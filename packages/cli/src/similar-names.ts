const DISTANCE_MAX = 0.4
const SHOWN_MAX = 3

/** The names that a mistyped one may have meant, the most similar first. */
export function similarNames(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase()
  return known
    .map((one) => ({ one, distance: distanceOf(wanted, one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= Math.max(name.length, one.length) * DISTANCE_MAX)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SHOWN_MAX)
    .map(({ one }) => one)
}

/** How many characters differ (Levenshtein); what is part of the other, only a little. */
function distanceOf(a: string, b: string): number {
  if (a.length > 2 && b.length > 2 && (a.includes(b) || b.includes(a))) return 1
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1
      const [up = 0, left = 0, corner = 0] = [above[column], line[column - 1], above[column - 1]]
      line.push(Math.min(up + 1, left + 1, corner + same))
    }
    above = line
  }
  return above.at(-1) ?? 0
}
