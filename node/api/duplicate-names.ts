/**
 * Names that an object of a JSON text says twice. `JSON.parse` keeps the last of them without a word, and what was meant by
 * the others is lost, so that people should hear of it.
 *
 * @module
 */

/** More than anybody reads. */
const FOUND_MAX = 16

/** An object or a list that has begun and not ended. */
interface Open {
  /** Said so far; undefined in a list. */
  readonly names: Set<string> | undefined
  /** Where in it the text is: the last name, or the place in the list. */
  place: string | number
  /** Whether the next text is a name, not a value. */
  awaitsName: boolean
}

/**
 * @param text - JSON that was parsed before, and so is whole
 * @returns paths such as `spec.ports[0].port`, each once, at most 16
 */
export function duplicateNames(text: string): readonly string[] {
  const found = new Set<string>()
  const opened: Open[] = []
  for (let at = 0; at < text.length && found.size < FOUND_MAX; at += 1) {
    const inner = opened.at(-1)
    switch (text.charAt(at)) {
      case '{':
        opened.push({ names: new Set(), place: '', awaitsName: true })
        break
      case '[':
        opened.push({ names: undefined, place: 0, awaitsName: false })
        break
      case '}':
      case ']':
        opened.pop()
        break
      case ',':
        if (inner !== undefined) next(inner)
        break
      case '"': {
        const end = endOfText(text, at)
        if (inner?.awaitsName === true && !isNew(inner, JSON.parse(text.slice(at, end)) as string))
          found.add(pathOf(opened))
        at = end - 1
      }
    }
  }
  return [...found]
}

function next(inner: Open): void {
  if (typeof inner.place === 'number') inner.place += 1
  else inner.awaitsName = true
}

function isNew(inner: Open, name: string): boolean {
  const isKnown = inner.names?.has(name) === true
  inner.names?.add(name)
  inner.place = name
  inner.awaitsName = false
  return !isKnown
}

/** Behind the closing quote of the text that begins here. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function pathOf(opened: readonly Open[]): string {
  return opened.reduce((path, { place }) => {
    if (typeof place === 'number') return `${path}[${place}]`
    return path === '' ? place : `${path}.${place}`
  }, '')
}
