/**
 * The vocabulary under a real replica: what is prepared here must come back from documents, merges and other nodes as it was.
 *
 * @module
 */
import { expect, test } from 'vitest'
import type { KubeObject } from '../object.ts'
import { Replica } from '../replica.ts'
import { CLUSTER, copyAll, identity, nonceOf, NOW, TestTrust, WEB } from '../testing.ts'
import { View } from '../view.ts'
import { revisionsOf, templateHash } from './revision.ts'
import { aDeployment, aPodFact, aService } from './sample.ts'
import { deploymentSpec } from './deployment.ts'
import { withDefaults } from './prepare.ts'
import { kubernetes } from './vocabulary.ts'

const CONTAINER = 'spec.template.spec.containers.0'
const members = ['a', 'b'].map(identity)

function aNode(name: 'a' | 'b'): { replica: Replica; view: View } {
  const signer = identity(name)
  const view = new View({ self: signer.node, clusterId: CLUSTER })
  const replica = new Replica({
    clusterId: CLUSTER,
    signer,
    trust: new TestTrust(members),
    bootNonce: nonceOf(name, 1),
    incarnation: 1,
    kinds: kubernetes,
    listener: {
      objectChanged: (key, object) => view.objectChanged(key, object),
      recordChanged: (node, fact, record) => view.recordChanged(node, fact, record),
      memberAdded: (node) => view.memberAdded(node),
      conflict: () => {},
    },
  })
  return { replica, view }
}

const create = (replica: Replica, key: string, object: KubeObject): void =>
  void replica.put(key, object, { nowMs: NOW, by: 'test', mode: 'create' })

const RICH = aDeployment({
  [`${CONTAINER}.args`]: [],
  [`${CONTAINER}.command`]: ['node', 'server.js', ''],
  [`${CONTAINER}.env`]: [
    { name: 'Z', value: '1' },
    { name: 'A', value: '' },
  ],
  [`${CONTAINER}.resources`]: { limits: { cpu: 0.5, memory: '64Mi' } },
  [`${CONTAINER}.readinessProbe`]: { httpGet: { port: 'http', path: '/a/b~c' } },
  'spec.template.metadata.annotations': { 'example.com/a.b': 'x/y~z' },
  'spec.template.spec.tolerations': [{ operator: 'Exists' }],
})

test('[OBJ23] a template comes back from its document with the hash it was stored under', () => {
  const { replica, view } = aNode('a')
  create(replica, WEB, RICH)
  const stored = replica.get(WEB)!.object
  expect(deploymentSpec(stored).template).toEqual(deploymentSpec(withDefaults(RICH)).template)
  expect(Object.keys((stored['shoal'] as { revisions: object }).revisions)).toEqual([
    templateHash(deploymentSpec(stored).template),
  ])
  expect(view.workload(WEB)).toMatchObject({ current: { number: 1, createdMs: NOW }, older: [] })
})

test('[OBJ23] applying the same manifest again writes nothing', () => {
  const { replica } = aNode('a')
  create(replica, WEB, RICH)
  expect(replica.put(WEB, RICH, { nowMs: NOW + 5000, by: 'test', mode: 'replace' })).toBeUndefined()
})

test('[OBJ24] edits on two sides of a split merge into one template, and both sides keep theirs as revisions', () => {
  const [left, right] = [aNode('a'), aNode('b')]
  create(left.replica, WEB, RICH)
  copyAll(left.replica, right.replica)
  const edit = (replica: Replica, changes: Record<string, unknown>, nowMs: number): void => {
    const { object } = replica.get(WEB)!
    const spec = JSON.parse(JSON.stringify(object['spec'])) as KubeObject
    replica.put(WEB, aDeployment({ spec, ...changes }), { nowMs, by: 'test', mode: 'replace' })
  }
  edit(left.replica, { [`${CONTAINER}.image`]: 'nginx:left' }, NOW + 10)
  edit(right.replica, { [`${CONTAINER}.workingDir`]: '/right' }, NOW + 20)
  copyAll(left.replica, right.replica)
  copyAll(right.replica, left.replica)
  const [one, other] = [left.view.workload(WEB)!, right.view.workload(WEB)!]
  expect(one.template.spec.containers[0]).toMatchObject({ image: 'nginx:left', workingDir: '/right' })
  expect(one).toEqual(other)
  expect(one.older.map(({ number }) => number)).toEqual([2, 2, 1])
  expect(one.current.number).toBe(3)
  expect(revisionsOf(left.replica.get(WEB)!.object).current.hash).toBe(one.revision)
  expect(left.view.get(WEB)).toEqual(right.view.get(WEB))
})

test('[FACT1] a pod of another node becomes an endpoint here, and reads alike on both', () => {
  const [left, right] = [aNode('a'), aNode('b')]
  create(left.replica, WEB, RICH)
  create(left.replica, 'core/Service/default/web', aService())
  const { revision } = left.view.workload(WEB)!
  const fact = aPodFact({ revision, name: `web-${revision}-x2z4w` })
  left.replica.record('pod/p1', { ...fact, auction: [] }, { nowMs: NOW })
  copyAll(left.replica, right.replica)
  expect(right.view.endpoints('core/Service/default/web')).toMatchObject([{ podUid: 'p1', ports: { '': 8080 } }])
  for (const [group, kind] of [
    ['', 'Pod'],
    ['', 'Endpoints'],
    ['apps', 'ReplicaSet'],
    ['apps', 'Deployment'],
  ] as const) {
    expect(right.view.list(group, kind)).toEqual(left.view.list(group, kind))
  }
})

test('[OBJ18] the replica refuses to write what is derived', () => {
  const { replica } = aNode('a')
  const set = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'x', namespace: 'default' } }
  expect(() => create(replica, 'apps/ReplicaSet/default/x', set)).toThrow(/Deployment/)
})
