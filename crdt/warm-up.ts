/**
 * Makes the first write as quick as the hundredth. Automerge's core is WebAssembly that the engine compiles when it first runs
 * and improves while it runs: the first change costs some 200 ms of a blocked event loop, the thirtieth 3 ms. A node that has
 * just started has time for that; one that was just given an order has not.
 *
 * Nothing of it is kept: two replicas without a cluster write to each other and are dropped.
 *
 * @module
 */
import type { Signer, Trust } from './identity.ts'
import { documentKey } from './key.ts'
import { kubernetes } from './objects/vocabulary.ts'
import type { KubeObject } from './object.ts'
import type { ReplicaListener } from './listener.ts'
import { Replica } from './replica.ts'

/** Rounds after which a write costs what it always will: read off the falling cost of a run of 100. */
export const WARM_UP_ROUNDS = 24

const SELF = 'warm-up'
const signer: Signer = { node: SELF, sign: () => new Uint8Array(64) }
const trust: Trust = {
  verify: () => true,
  isMember: () => true,
  admit: () => ({ verdict: 'refused', reason: 'nobody joins a warm-up' }),
}
const listener: ReplicaListener = { objectChanged() {}, recordChanged() {}, memberAdded() {}, conflict() {} }

function newReplica(): Replica {
  return new Replica({
    clusterId: SELF,
    signer,
    trust,
    bootNonce: new Uint8Array(16),
    incarnation: 1,
    kinds: kubernetes,
    listener,
  })
}

function deployment(name: string): KubeObject {
  const labels = { app: name }
  const containers = [
    { name: 'main', image: 'warm/up:1', env: [{ name: 'A', value: 'b' }], ports: [{ containerPort: 80 }] },
  ]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  }
}

/** Each step is one object written, taken in elsewhere, changed and deleted. Ends after `WARM_UP_ROUNDS`. */
export function* warmUp(nowMs: number): Generator<void, void, void> {
  const [here, there] = [newReplica(), newReplica()]
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    const name = `warm-${round}`
    const key = documentKey({ group: 'apps', kind: 'Deployment', namespace: 'default', name })
    const at = { nowMs, by: SELF }
    const object = deployment(name)
    const envelopes = [
      here.put(key, object, { ...at, mode: 'create' }),
      here.put(key, { ...object, spec: { ...(object['spec'] as object), replicas: 2 } }, { ...at, mode: 'replace' }),
      here.remove(key, at),
    ]
    for (const envelope of envelopes) if (envelope !== undefined) there.receive(envelope.bytes, nowMs)
    yield
  }
}
