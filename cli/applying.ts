/**
 * What `shoal apply` does with manifests before and while it writes them. Bad input changes nothing: every document is
 * understood and tried (a dry run on the node) before the first is written.
 *
 * @module
 */
import type { Answer, Client } from './client.ts'
import { ApiFailure, CommandFailure } from './failure.ts'
import { apiVersionOf, pathOf, qualifiedKind } from './kinds.ts'
import type { KindInfo, Kinds } from './kinds.ts'
import type { Manifest, ManifestObject } from './manifest.ts'
import type { Thing } from './objects.ts'

export interface Item {
  readonly kind: KindInfo
  readonly namespace: string
  readonly name: string
  readonly object: ManifestObject
  /** `web.yaml:7:3` of a field. */
  readonly place: (field: string) => string
}

export interface Namespaces {
  /** Where no manifest says one. */
  readonly fallback: string
  /** Named on the command line: then no manifest may say another. */
  readonly asked: string | undefined
}

/** Manifests with their kinds and places, namespaces first. Throws with every mistake. */
export function understood(manifests: readonly Manifest[], kinds: Kinds, namespaces: Namespaces): readonly Item[] {
  const faults: string[] = []
  const items: Item[] = []
  const seen = new Map<string, string>()
  for (const manifest of manifests) {
    try {
      const item = itemOf(manifest, kinds, namespaces)
      const id = `${apiVersionOf(item.kind)} ${item.kind.kind} ${item.namespace}/${item.name}`
      const before = seen.get(id)
      if (before !== undefined)
        throw new CommandFailure(
          `${item.place('')}: ${qualifiedKind(item.kind)} "${item.name}" is there twice, first at ${before}`,
        )
      seen.set(id, item.place(''))
      items.push(item)
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      faults.push(error.message)
    }
  }
  if (faults.length > 0) throw nothingChanged(faults)
  return items.toSorted((one, other) => Number(other.kind.kind === 'Namespace') - Number(one.kind.kind === 'Namespace'))
}

function itemOf({ object, place }: Manifest, kinds: Kinds, { fallback, asked }: Namespaces): Item {
  const kind = kinds.ofManifest(object, place('kind'))
  const { name, namespace } = object.metadata
  if (!kind.writable)
    throw new CommandFailure(
      `${place('kind')}: a ${kind.kind} cannot be applied: ${kind.writeInstead ?? 'it is not written by people'}`,
    )
  if (name === undefined || name === '')
    throw new CommandFailure(`${place('metadata')}: metadata.name: Required value: name the object`)
  if (typeof name !== 'string')
    throw new CommandFailure(
      `${place('metadata.name')}: metadata.name: Invalid value: ${JSON.stringify(name)}: must be a text`,
    )
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw new CommandFailure(
      `${place('metadata.namespace')}: metadata.namespace: Invalid value: ${JSON.stringify(namespace)}: must be a text`,
    )
  }
  if (kind.namespaced && namespace !== undefined && asked !== undefined && namespace !== asked) {
    throw new CommandFailure(
      `${place('metadata.namespace')}: says namespace "${namespace}", the command line says "${asked}": leave one out`,
    )
  }
  return { kind, name, namespace: kind.namespaced ? (namespace ?? fallback) : '', object, place }
}

/** Documents under way at once: a node answers one after the other anyway. */
const ABREAST = 8

/** Tries all on the node and throws with every mistake, each at its place in the manifest. */
export async function tried(client: Client, items: readonly Item[]): Promise<void> {
  const coming = new Set(items.filter(({ kind }) => kind.kind === 'Namespace').map(({ name }) => name))
  const faults = (await abreast(items, (item) => trial(client, item, coming))).flat()
  if (faults.length > 0) throw nothingChanged(faults)
}

async function trial(client: Client, item: Item, coming: ReadonlySet<string>): Promise<readonly string[]> {
  try {
    await send(client, item, true)
    return []
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error
    const { details } = error
    if (error.status === 404 && details.kind === 'namespaces') {
      // [CLI31] A namespace that this very apply creates is not there yet.
      return coming.has(details.name ?? '')
        ? []
        : [
            `${item.place('metadata.namespace')}: there is no namespace "${details.name}": create it, or add it to the manifests`,
          ]
    }
    const causes = details.causes ?? []
    if (causes.length === 0) return [`${item.place('')}: ${error.message}`]
    return causes.map(
      ({ field = '', message = '' }) => `${item.place(field)}: ${field === '' ? '' : `${field}: `}${message}`,
    )
  }
}

export interface Applied {
  readonly item: Item
  readonly change: string
  readonly object: Thing
}

/** Writes all, namespaces first. `onEach` is told as they are done. */
export async function written(
  client: Client,
  items: readonly Item[],
  onEach: (applied: Applied) => void,
): Promise<readonly Applied[]> {
  const isNamespace = ({ kind }: Item): boolean => kind.kind === 'Namespace'
  const one = async (item: Item): Promise<Applied> => {
    const answer = await send(client, item, false)
    const applied = {
      item,
      change: String(answer.headers['shoal-change'] ?? 'configured'),
      object: answer.body as Thing,
    }
    onEach(applied)
    return applied
  }
  const first = await abreast(items.filter(isNamespace), one)
  const rest = await abreast(
    items.filter((item) => !isNamespace(item)),
    one,
  )
  return [...first, ...rest]
}

/** [API24] The node merges, since it knows which lists go by key. */
function send(client: Client, { kind, namespace, name, object }: Item, dryRun: boolean): Promise<Answer> {
  return client.ask({
    method: 'PATCH',
    path: pathOf(kind, namespace, name),
    query: { fieldManager: 'shoal', dryRun: dryRun ? 'All' : undefined },
    contentType: 'application/vnd.shoal.apply+json',
    body: object,
  })
}

function nothingChanged(faults: readonly string[]): CommandFailure {
  const count = faults.length === 1 ? 'a mistake' : `${faults.length} mistakes`
  return new CommandFailure([...faults, `Nothing was changed, because of ${count}.`].join('\n'))
}

async function abreast<T, R>(all: readonly T[], run: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += ABREAST)
    results.push(...(await Promise.all(all.slice(at, at + ABREAST).map(run))))
  return results
}
