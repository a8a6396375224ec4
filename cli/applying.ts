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
import type { Mistakes } from './mistakes.ts'
import type { Thing } from './objects.ts'

export interface Item {
  readonly kind: KindInfo
  readonly namespace: string
  readonly name: string
  readonly object: ManifestObject
  readonly file: string
  /** `web.yaml:7:3` of a field. */
  readonly place: (field: string) => string
}

export interface Namespaces {
  /** Where no manifest says one. */
  readonly fallback: string
  /** Named on the command line: then no manifest may say another. */
  readonly asked: string | undefined
}

/** Manifests with their kinds and places, namespaces first. */
export function understood(
  manifests: readonly Manifest[],
  context: { readonly kinds: Kinds; readonly namespaces: Namespaces; readonly mistakes: Mistakes },
): readonly Item[] {
  const seen = new Map<string, string>()
  const items = manifests.flatMap(
    (manifest) =>
      context.mistakes.collect(manifest.file, () => {
        const item = itemOf(manifest, context.kinds, context.namespaces)
        const id = `${apiVersionOf(item.kind)} ${item.kind.kind} ${item.namespace}/${item.name}`
        const before = seen.get(id)
        if (before !== undefined)
          throw new CommandFailure(
            `${item.place('')}: ${qualifiedKind(item.kind)} "${item.name}" is there twice, first at ${before}`,
          )
        seen.set(id, item.place(''))
        return item
      }) ?? [],
  )
  return items.toSorted((one, other) => Number(other.kind.kind === 'Namespace') - Number(one.kind.kind === 'Namespace'))
}

function itemOf({ object, file, place }: Manifest, kinds: Kinds, { fallback, asked }: Namespaces): Item {
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
  return { kind, name, namespace: kind.namespaced ? (namespace ?? fallback) : '', object, file, place }
}

/** Documents under way at once: a node answers one after the other anyway. */
const ABREAST = 8

/**
 * Tries all on the node; every mistake is told at its place in the manifest. Gives each as it would be; undefined where its
 * namespace is yet to come.
 */
export async function tried(
  client: Client,
  items: readonly Item[],
  mistakes: Mistakes,
): Promise<readonly (Thing | undefined)[]> {
  const coming = new Set(items.filter(({ kind }) => kind.kind === 'Namespace').map(({ name }) => name))
  const trials = await abreast(items, (item) => trial(client, item, coming))
  trials.forEach(({ faults = [] }, index) => {
    for (const sentence of faults) mistakes.add(items[index]!.file, sentence)
  })
  return trials.map(({ object }) => object)
}

interface Trial {
  readonly object?: Thing
  readonly faults?: readonly string[]
}

async function trial(client: Client, item: Item, coming: ReadonlySet<string>): Promise<Trial> {
  try {
    return { object: (await send(client, item, true)).body as Thing }
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error
    const { details } = error
    if (error.status === 404 && details.kind === 'namespaces') {
      // [CLI31] A namespace that this very apply creates is not there yet.
      if (coming.has(details.name ?? '')) return {}
      const place = item.place('metadata.namespace')
      return {
        faults: [`${place}: there is no namespace "${details.name}": create it, or add it to the manifests`],
      }
    }
    const causes = details.causes ?? []
    if (causes.length === 0) return { faults: [`${item.place('')}: ${error.message}`] }
    return {
      faults: causes.map(
        ({ field = '', message = '' }) => `${item.place(field)}: ${field === '' ? '' : `${field}: `}${message}`,
      ),
    }
  }
}

export interface Applied {
  readonly item: Item
  readonly change: string
  readonly object: Thing
}

/** [CLI32] Writes all: namespaces, then ConfigMaps and Secrets, so that a revision is made with what it came with. `onEach` is told of each as soon as it and all before it are done, in the order of the items. */
export async function written(
  client: Client,
  items: readonly Item[],
  onEach: (applied: Applied) => void,
): Promise<readonly Applied[]> {
  const one = async (item: Item): Promise<Applied> => {
    const answer = await send(client, item, false)
    return { item, change: String(answer.headers['shoal-change'] ?? 'configured'), object: answer.body as Thing }
  }
  const done: Applied[] = []
  for (const step of STEPS)
    done.push(
      ...(await abreast(
        items.filter((item) => stepOf(item) === step),
        one,
        onEach,
      )),
    )
  return done
}

const STEPS = [0, 1, 2] as const

function stepOf({ kind }: Item): (typeof STEPS)[number] {
  if (kind.kind === 'Namespace') return 0
  return kind.kind === 'ConfigMap' || kind.kind === 'Secret' ? 1 : 2
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

/** [CLI54] Answers come in any order, results are told in that of `all`, also those beside one that fails. */
async function abreast<T, R>(
  all: readonly T[],
  run: (each: T) => Promise<R>,
  onEach: (result: R) => void = () => {},
): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += ABREAST) {
    const under = all.slice(at, at + ABREAST).map(run)
    const failures: unknown[] = []
    for (const each of under.map((promise) =>
      promise.then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
    )) {
      const outcome = await each
      if ('error' in outcome) failures.push(outcome.error)
      else {
        onEach(outcome.value)
        results.push(outcome.value)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  return results
}
