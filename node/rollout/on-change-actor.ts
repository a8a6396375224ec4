/**
 * Looks twice a second whether a Deployment follows ConfigMaps and Secrets that contain something else now, and rolls it out
 * anew where `on-change.ts` says so.
 *
 * @module
 */
import type { DocumentKey, StoredObject } from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Author } from '../control/author.ts'
import type { NodeRow } from '../control/rows.ts'
import { changeOf, isDue } from './on-change.ts'

const LOOK_MS = 500

export type OnChangeMessage = { readonly type: 'look' }

export interface OnChangePorts extends Author {
  readonly view: {
    workloads(): readonly { readonly key: DocumentKey; readonly kind: string }[]
    nodes(): readonly NodeRow[]
    stored(key: DocumentKey): StoredObject | undefined
    contentHash(key: DocumentKey): string | undefined
  }
}

interface Seen {
  readonly revision: string
  readonly sinceMs: number
}

export class OnChangeActor implements Actor<OnChangeMessage> {
  readonly #ports: OnChangePorts
  /** What each Deployment is to become, and since when it has been that. */
  #seen: ReadonlyMap<DocumentKey, Seen> = new Map()

  constructor(ports: OnChangePorts) {
    this.#ports = ports
  }

  receive(_: OnChangeMessage, context: Context<OnChangeMessage>): void {
    const deployments = this.#ports.view.workloads().filter(({ kind }) => kind === 'Deployment')
    const seen = deployments.flatMap(({ key }): [DocumentKey, Seen][] => {
      const one = this.#look(key, context)
      return one === undefined ? [] : [[key, one]]
    })
    this.#seen = new Map(seen)
    context.after(LOOK_MS, { type: 'look' })
  }

  #look(key: DocumentKey, context: Context<OnChangeMessage>): Seen | undefined {
    const { self, view, replace, tell } = this.#ports
    const object = view.stored(key)?.object
    const change = object && changeOf(object, (config) => view.contentHash(config))
    if (object === undefined || change === undefined) return undefined
    const { revision, changed } = change
    const before = this.#seen.get(key)
    const seen = before?.revision === revision ? before : { revision, sinceMs: context.mono() }
    if (!isDue({ ...seen, key, nodes: view.nodes(), self, nowMs: context.mono() })) return seen
    replace(key, change.object, object.metadata.resourceVersion ?? '')
    tell(key, `${changed.join(', ')} changed: rolled out anew`)
    return { revision, sinceMs: context.mono() }
  }
}
