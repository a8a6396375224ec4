/**
 * Good values made odd, by a stream of chance: JSON by JSON, and text by text where what comes out is no JSON any more.
 *
 * @module
 */
import type { Stream } from '../sim/random.ts'

type Json = unknown

const long = (length: number): string => 'x'.repeat(length)

const nested = (depth: number): Json => {
  let value: Json = 'deep'
  for (let at = 0; at < depth; at += 1) value = at % 2 === 0 ? [value] : { a: value }
  return value
}

/** Each is asked for anew: some are large. */
const ODD: readonly ((dice: Stream) => Json)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => -0,
  () => 2 ** 31,
  () => 2 ** 53,
  () => 1e308,
  () => -1e308,
  () => 65_536,
  () => '',
  () => ' ',
  () => 'true',
  () => '5',
  () => '-5Mi',
  () => '1e999',
  () => '150%',
  () => '\u0000',
  () => '\ud800',
  () => 'a\udc00b',
  () => '💥',
  () => 'Ünïcode',
  () => '../../etc',
  () => 'a/b',
  () => '$patch',
  () => 'metadata.name',
  () => '2026-11-23T00:00:00Z',
  () => long(64),
  () => long(254),
  () => long(5_000),
  (dice) => long(dice.between(100_000, 400_000)),
  () => [],
  () => {},
  () => ({ '': 1 }),
  () => [[]],
  () => [null],
  () => [{}],
  () => ({ a: { b: { c: [] } } }),
  () => ({ $patch: 'replace' }),
  () => ({ $patch: 'delete' }),
  () => ({ $patch: 7 }),
  () => ({ $retainKeys: ['a'] }),
  () => ({ $setElementOrder: [] }),
  () => nested(20),
  () => nested(31),
  () => nested(64),
  () => Array.from({ length: 300 }, (_, at) => at),
  () => Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, `${at}`])),
  // Own properties of these names: an object literal would set the prototype.
  () => JSON.parse('{"__proto__":{"polluted":true}}'),
  () => JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
]

const ODD_NAMES = ['', ' ', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', '$patch', '$deleteFromPrimitiveList/a', '$setElementOrder/containers', 'f:metadata', 'a/b', 'a~1b', '~', '\ud800', '💥', 'status', 'shoal', 'metadata', 'kind', long(300), long(70_000)] // prettier-ignore

export const oddValue = (dice: Stream): Json => dice.pick(ODD)(dice)
export const oddName = (dice: Stream): string => dice.pick(ODD_NAMES)

type Container = Record<string, Json> | Json[]

const isContainer = (value: Json): value is Container => typeof value === 'object' && value !== null

/** Every place within: what holds it, and under which name. */
function placesIn(root: Json): { holder: Container; name: string }[] {
  if (!isContainer(root)) return []
  return Object.keys(root).flatMap((name) => [
    { holder: root, name },
    ...placesIn((root as Record<string, Json>)[name]),
  ])
}

/** JSON pointers of every place within. */
export function pointersIn(root: Json, at = ''): string[] {
  if (!isContainer(root)) return []
  return Object.keys(root).flatMap((name) => {
    const here = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return [here, ...pointersIn((root as Record<string, Json>)[name], here)]
  })
}

/** Sets own properties alone, whatever they are called. */
function put(holder: Container, name: string, value: Json): void {
  if (Array.isArray(holder) && !/^\d+$/.test(name)) return void holder.push(value)
  Object.defineProperty(holder, name, { value, configurable: true, enumerable: true, writable: true })
}

/** A copy with so many changes. */
export function mutated<T extends Json>(value: T, dice: Stream, changes: number): T {
  const root: { value: Json } = { value: structuredClone(value) }
  for (let change = 0; change < changes; change += 1) mutateOnce(root, dice)
  return root.value as T
}

function mutateOnce(root: { value: Json }, dice: Stream): void {
  const places = placesIn(root.value)
  if (places.length === 0) return void (root.value = oddValue(dice))
  const { holder, name } = dice.pick(places)
  const here = (holder as Record<string, Json>)[name]
  switch (dice.between(0, 8)) {
    case 0:
      return remove(holder, name)
    case 1:
      return put(holder, name, [here])
    case 2:
      return put(holder, name, { a: here })
    case 3: {
      const other = dice.pick(places)
      return put(holder, name, structuredClone((other.holder as Record<string, Json>)[other.name]))
    }
    case 4:
      if (Array.isArray(holder)) return void holder.push(structuredClone(here))
      return put(holder, oddName(dice), here)
    case 5:
      return put(isContainer(here) && !Array.isArray(here) ? here : holder, oddName(dice), oddValue(dice))
    default:
      return put(holder, name, oddValue(dice))
  }
}

function remove(holder: Container, name: string): void {
  if (Array.isArray(holder)) holder.splice(Number(name), 1)
  else delete holder[name]
}

/** Bytes that were good, and most likely are not any more. */
export function spoiled(bytes: Buffer, dice: Stream): Buffer {
  const at = dice.between(0, Math.max(0, bytes.length - 1))
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (dice.between(0, 10)) {
    case 0:
      return head
    case 1:
      return Buffer.concat([head, tail.subarray(1)])
    case 2:
      return Buffer.concat([head, Buffer.from(dice.bytes(1)), tail.subarray(1)])
    case 3:
      return Buffer.concat([head, Buffer.from(dice.bytes(dice.between(1, 40))), tail])
    case 4:
      return Buffer.concat([Buffer.from('\ufeff'), bytes])
    case 5:
      return Buffer.concat([bytes, bytes])
    case 6:
      return Buffer.from('['.repeat(dice.between(33, 200_000)))
    case 7:
      return Buffer.from('{"a":'.repeat(dice.between(33, 50_000)))
    case 8:
      return Buffer.concat([head, Buffer.from(' '.repeat(200_000)), tail])
    case 9:
      return Buffer.from(bytes.toString('latin1').replace(/\d+/, '1e99999'), 'latin1')
    default:
      return Buffer.from(dice.bytes(dice.between(1, 400)))
  }
}

/** A name of some object said twice. */
export function doubled(text: string, dice: Stream): string {
  const names = [...text.matchAll(/"[^"\\]{1,40}":(?=["\d])/g)]
  if (names.length === 0) return text
  const { index, 0: name } = dice.pick(names)
  return `${text.slice(0, index)}${name}7,${text.slice(index)}`
}
