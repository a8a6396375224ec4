/**
 * The pod that a command line names: by its own name, or as one of those behind a Deployment or a Service.
 *
 * @module
 */
import type { Client } from './client.ts'
import { CommandFailure, isNotFound } from './failure.ts'
import { Kinds, namedObjects, pathOf } from './kinds.ts'
import type { KindInfo, Named } from './kinds.ts'
import { at, isPodReady, type ObjectList, type Pod, type Thing } from './objects.ts'
import type { Session } from './session.ts'

/** What is meant by `web-0`, `pod/web-0`, `deploy/web`, `svc/web`. */
export interface PodSource {
  readonly named: Named & { readonly name: string }
  readonly namespace: string
  /** The object itself, as it was first seen. */
  readonly thing: Thing
}

export async function podSource(client: Client, session: Session, what: string): Promise<PodSource> {
  const kinds = await Kinds.of(client)
  const isBare = !what.includes('/')
  const [named] = namedObjects(kinds, [isBare ? `pod/${what}` : what])
  if (named?.name === undefined) throw new CommandFailure('name a pod: `shoal exec web-0 -- ls`')
  if (!['Pod', 'Deployment', 'Service'].includes(named.kind.kind))
    throw new CommandFailure(`a ${named.kind.kind} has no pods: name a pod, deploy/NAME or svc/NAME`)
  const { namespace } = session
  const seen = async (kind: KindInfo, name: string): Promise<PodSource> => {
    const thing = await client.get<Thing>(pathOf(kind, namespace, name))
    return { named: { kind, name }, namespace, thing }
  }
  return seen(named.kind, named.name).catch(async (error: unknown) => {
    if (!isBare || !isNotFound(error)) throw error
    // [CLI98] One of those of a Deployment of this name.
    return seen(kinds.named('deployment'), what).catch((other: unknown) => {
      throw isNotFound(other) ? error : other
    })
  })
}

/** The pod itself, or one behind it that is ready, or at least runs; not one of `except`. */
export async function podOf(client: Client, source: PodSource, except: ReadonlySet<string> = new Set()): Promise<Pod> {
  const { named, namespace, thing } = source
  if (named.kind.kind === 'Pod')
    return client.get<Pod>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(named.name)}`)
  const labels = Object.entries(selectorOf(thing)).map(([name, value]) => `${name}=${value}`)
  if (labels.length === 0) throw new CommandFailure(`${named.kind.singular}/${named.name} selects no pods: name a pod`)
  const { items } = await client.get<ObjectList<Pod>>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {
    labelSelector: labels.join(','),
  })
  const living = items.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase === 'Running' && !except.has(metadata.uid ?? ''),
  )
  const found = living.find(isPodReady) ?? living[0]
  if (found !== undefined) return found
  throw new CommandFailure(`no pod of ${named.kind.singular}/${named.name} runs: \`shoal get pods\` shows why`)
}

function selectorOf(thing: Thing): Readonly<Record<string, string>> {
  const found = thing.kind === 'Service' ? at(thing, 'spec', 'selector') : at(thing, 'spec', 'selector', 'matchLabels')
  return (found ?? {}) as Readonly<Record<string, string>>
}

export function podPath({ metadata }: Pod, subresource: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}/pods/${encodeURIComponent(metadata.name)}/${subresource}`
}
