/**
 * Flat fields as an object again (see `fields.ts`). Needs no schema: the texts say what stands where.
 *
 * @module
 */
import { type Fields, isData, OBJECT_TEXT } from './fields.ts'
import { parseText } from './json.ts'
import { FIELDS_MAX, LEAF_CHARS_MAX } from './limits.ts'
import { unescapeSegment } from './pointer.ts'

/** What a text says: an open object, an open list, or a value that is complete. */
type Meaning =
  | { readonly is: 'object' }
  | { readonly is: 'list'; readonly order: readonly string[] }
  | { readonly is: 'leaf'; readonly value: unknown }

/** The meaning of an entry's text, or what is wrong with it, in words that follow "it". */
export function meaningOf(text: string): Meaning | { readonly error: string } {
  if (text === OBJECT_TEXT) return { is: 'object' }
  if (text.length > LEAF_CHARS_MAX) return { error: `has more than ${LEAF_CHARS_MAX} characters` }
  const parsed = parseText(text)
  if ('error' in parsed) return parsed
  const { value } = parsed
  if (!isData(value)) return { is: 'leaf', value }
  const [name, ...others] = Object.keys(value)
  if (others.length === 0 && name === 'atom' && isData(value['atom'])) return { is: 'leaf', value: value['atom'] }
  if (others.length === 0 && name === 'order' && isOrder(value['order'])) return { is: 'list', order: value['order'] }
  return { error: 'is an object that is neither {}, {"order":[...]} nor {"atom":{...}}' }
}

interface OpenList {
  readonly list: unknown[]
  readonly order: readonly string[]
  readonly elements: Map<string, unknown>
}

type Parent =
  | { readonly is: 'object'; readonly data: Record<string, unknown> }
  | { readonly is: 'list'; readonly open: OpenList }

/** Reads fields back. Entries whose texts mean nothing are passed over: the gate lets none in. */
export function unflatten(fields: Fields): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  const parents = new Map<string, Parent>([['', { is: 'object', data: root }]])
  // A pointer sorts after every pointer above it, so that parents come first.
  for (const pointer of [...fields.keys()].toSorted()) {
    const cut = pointer.lastIndexOf('/')
    const parent = parents.get(pointer.slice(0, cut))
    const meaning = meaningOf(fields.get(pointer) as string)
    if (parent === undefined || 'error' in meaning) continue
    const value = openValue(parents, pointer, meaning)
    const segment = unescapeSegment(pointer.slice(cut + 1))
    if (parent.is === 'list') parent.open.elements.set(segment, value)
    else parent.data[segment] = value
  }
  for (const parent of parents.values()) if (parent.is === 'list') fillList(parent.open)
  return root
}

function openValue(parents: Map<string, Parent>, pointer: string, meaning: Meaning): unknown {
  switch (meaning.is) {
    case 'leaf':
      return meaning.value
    case 'object': {
      const data = {}
      parents.set(pointer, { is: 'object', data })
      return data
    }
    case 'list': {
      const open = { list: [], order: meaning.order, elements: new Map<string, unknown>() }
      parents.set(pointer, { is: 'list', open })
      return open.list
    }
  }
}

/** The named ones in their order, each once, then the others: they stand in the map sorted already. */
function fillList({ list, order, elements }: OpenList): void {
  for (const key of [...order, ...elements.keys()]) {
    if (elements.has(key)) list.push(elements.get(key))
    elements.delete(key)
  }
}

function isOrder(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= FIELDS_MAX && value.every((key) => typeof key === 'string')
}
