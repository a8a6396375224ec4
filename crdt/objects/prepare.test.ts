import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeploymentSpec } from './deployment.ts'
import { OBJECT_BYTES_MAX } from './measure.ts'
import { complete, keyOf, prepare, unsupported, withDefaults } from './prepare.ts'
import { revisionsOf, templateHash } from './revision.ts'
import { aDeployment, aNamespace, aService, changed } from './sample.ts'
import { NODE_PORT_MAX, NODE_PORT_MIN, serviceSpec } from './service.ts'
import { kubernetes } from './vocabulary.ts'
import { validate } from './validate.ts'
import type { KubeObject } from '../object.ts'

const CONTAINER = 'spec.template.spec.containers.0'
const nodePorts = (service: KubeObject): (number | undefined)[] =>
  (serviceSpec(service).ports ?? []).map(({ nodePort }) => nodePort)
const numbers = (deployment: KubeObject): number[] =>
  [...revisionsOf(deployment).older, revisionsOf(deployment).current].map(({ number }) => number)

test('[OBJ21] defaults of a Deployment are those of Kubernetes', () => {
  const { spec } = withDefaults(aDeployment({ 'spec.replicas': undefined })) as unknown as { spec: DeploymentSpec }
  expect(spec).toMatchObject({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  })
  expect(spec.template.spec).toMatchObject({
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    containers: [{ imagePullPolicy: 'IfNotPresent', ports: [{ containerPort: 8080, protocol: 'TCP' }], resources: {} }],
  })
})

test('[OBJ21] defaults that depend on what stands beside them', () => {
  const recreate = withDefaults(aDeployment({ 'spec.strategy': { type: 'Recreate' } }))
  expect(recreate).toMatchObject({ spec: { strategy: { type: 'Recreate' } } })
  expect(JSON.stringify(recreate)).not.toContain('rollingUpdate')
  const limited = withDefaults(aDeployment({ [`${CONTAINER}.resources`]: { limits: { cpu: '1' } } }))
  expect(limited).toMatchObject({
    spec: { template: { spec: { containers: [{ resources: { requests: { cpu: '1' } } }] } } },
  })
  const service = withDefaults(aService({ 'spec.ports': [{ port: 80 }] }))
  expect(service).toMatchObject({
    spec: { type: 'ClusterIP', sessionAffinity: 'None', ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] },
  })
})

test('[OBJ21] empty texts and null structures are as if left out', () => {
  const spec = withDefaults(
    aDeployment({ 'spec.strategy': null, 'metadata.creationTimestamp': null, 'spec.template.spec.restartPolicy': '' }),
  )
  expect(spec).toMatchObject({
    spec: { strategy: { type: 'RollingUpdate' }, template: { spec: { restartPolicy: 'Always' } } },
  })
  expect(spec.metadata).not.toHaveProperty('creationTimestamp')
})

test('[OBJ21] twice is the same as once, whatever the object', () => {
  const kinds = fc.constantFrom(aDeployment(), aService(), aNamespace('team'))
  const fields = fc.constantFrom(
    'spec',
    'spec.template',
    'spec.template.spec',
    'spec.strategy',
    'spec.ports',
    'spec.type',
    'metadata',
    CONTAINER,
    `${CONTAINER}.resources`,
    '__proto__',
  )
  const values = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom<unknown>(null, '', {}, []))
  fc.assert(
    fc.property(kinds, fields, values, (object, field, value) => {
      const start =
        field.startsWith('spec.template') && object.kind !== 'Deployment' ? object : changed(object, { [field]: value })
      const once = withDefaults(start)
      expect(withDefaults(once)).toEqual(once)
    }),
    { numRuns: 700 },
  )
  fc.assert(
    fc.property(fc.anything(), (value) => void withDefaults(value)),
    { numRuns: 1000 },
  )
})

test('[OBJ21] what is not known is left as it is', () => {
  const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }
  expect(withDefaults(thing)).toBe(thing)
  expect(withDefaults(aDeployment({ 'spec.futureField': { a: null } }))).toMatchObject({
    spec: { futureField: { a: null } },
  })
})

test('[OBJ22] what only the system may say is taken out', () => {
  const sent = aDeployment({
    'metadata.uid': 'mine',
    'metadata.resourceVersion': '5',
    'metadata.generation': 9,
    'metadata.creationTimestamp': '2020-01-01T00:00:00Z',
    'metadata.managedFields': [{}],
    'metadata.annotations': { 'deployment.kubernetes.io/revision': '4', kept: 'yes' },
    status: { readyReplicas: 99 },
    shoal: { revisions: { bcdfghjklm: { number: 7, createdMs: 1, template: {} } } },
  })
  const stored = prepare(sent, { nowMs: 5 })
  expect(stored.metadata).toEqual({ name: 'web', namespace: 'default', annotations: { kept: 'yes' } })
  expect(stored).not.toHaveProperty('status')
  expect(Object.keys((stored['shoal'] as { revisions: object }).revisions)).toEqual([revisionsOf(stored).current.hash])
})

test('[OBJ23] the hash of a template depends on its content alone', () => {
  const template = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'a', image: 'x' }] } }
  const turned = { spec: { containers: [{ image: 'x', name: 'a' }] }, metadata: { labels: { b: '2', a: '1' } } }
  expect(templateHash(turned)).toBe(templateHash(template))
  expect(templateHash({ ...template, metadata: {} })).not.toBe(templateHash(template))
  expect(templateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/)
})

test('[OBJ23] writing a default out makes no new revision', () => {
  const first = prepare(aDeployment(), { nowMs: 1 })
  const second = prepare(aDeployment({ 'spec.template.spec.terminationGracePeriodSeconds': 30 }), {
    old: first,
    nowMs: 2,
  })
  expect(second).toEqual(first)
})

test('[OBJ24] a changed template is a revision numbered after all others', () => {
  const one = prepare(aDeployment(), { nowMs: 1 })
  const two = prepare(aDeployment({ [`${CONTAINER}.image`]: 'nginx:2' }), { old: one, nowMs: 2 })
  const scaled = prepare(aDeployment({ [`${CONTAINER}.image`]: 'nginx:2', 'spec.replicas': 9 }), { old: two, nowMs: 3 })
  expect(numbers(one)).toEqual([1])
  expect(numbers(two)).toEqual([1, 2])
  expect(revisionsOf(scaled)).toMatchObject({
    current: { number: 2, createdMs: 2 },
    older: [{ number: 1, hash: revisionsOf(one).current.hash }],
  })
})

test('[OBJ24] a template that comes back gets a new number and keeps its hash', () => {
  const one = prepare(aDeployment(), { nowMs: 1 })
  const two = prepare(aDeployment({ [`${CONTAINER}.image`]: 'nginx:2' }), { old: one, nowMs: 2 })
  const back = prepare(aDeployment(), { old: two, nowMs: 3 })
  expect(revisionsOf(back)).toMatchObject({
    current: { number: 3, createdMs: 3, hash: revisionsOf(one).current.hash },
    older: [{ number: 2 }],
  })
  expect(validate(keyOf(back), back)).toEqual([])
})

function afterRevisions(count: number, changes: Record<string, unknown>): KubeObject {
  let deployment: KubeObject | undefined
  for (let round = 0; round < count; round++) {
    deployment = prepare(aDeployment({ ...changes, [`${CONTAINER}.image`]: `nginx:${round}` }), {
      old: deployment,
      nowMs: round,
    })
  }
  return deployment!
}

test.each([
  [10, 11],
  [3, 4],
  [0, 3],
])('[OBJ25] with a history of %d, 15 revisions leave %d', (limit, kept) => {
  const deployment = afterRevisions(15, { 'spec.revisionHistoryLimit': limit })
  expect(numbers(deployment)).toHaveLength(kept)
  expect(Math.min(...numbers(deployment))).toBe(15 - kept + 1)
})

test('[OBJ25] large templates leave fewer revisions, and the object within its bound', () => {
  const deployment = afterRevisions(8, { [`${CONTAINER}.args`]: ['x'.repeat(60_000)] })
  expect(JSON.stringify(deployment).length).toBeLessThan(OBJECT_BYTES_MAX)
  expect(numbers(deployment)).toEqual([7, 6, 8])
  expect(validate(keyOf(deployment), deployment)).toEqual([])
})

test('[OBJ25] a template too large to be kept twice is not, and is still the present revision', () => {
  const deployment = prepare(
    aDeployment({ [`${CONTAINER}.args`]: ['x'.repeat(60_000), 'y'.repeat(60_000), 'z'.repeat(60_000)] }),
    { nowMs: 1 },
  )
  expect(deployment['shoal']).toEqual({ revisions: {} })
  expect(revisionsOf(deployment)).toMatchObject({ current: { number: 1 }, older: [] })
  expect(validate(keyOf(deployment), deployment)).toEqual([])
})

test('[OBJ26] a revision that is not what its hash says is refused', () => {
  const good = prepare(aDeployment(), { nowMs: 1 })
  const { hash } = revisionsOf(good).current
  const at = `shoal.revisions.${hash}`
  const fields = (changes: Record<string, unknown>): string[] =>
    validate(keyOf(good), changed(good, changes)).map(({ field }) => field)
  expect(fields({})).toEqual([])
  expect(fields({ [`${at}.template.spec.containers.0.image`]: 'evil:1' })).toEqual([`shoal.revisions[${hash}]`])
  expect(fields({ [`${at}.template.spec.containers.0.image`]: 'a b' })).toEqual([
    `shoal.revisions[${hash}].template.spec.containers[0].image`,
  ])
  expect(fields({ [`${at}.number`]: 0 })).toEqual([`shoal.revisions[${hash}].number`])
  expect(fields({ [`${at}.template`]: undefined })).toEqual([`shoal.revisions[${hash}].template`])
  expect(fields({ 'shoal.revisions.UPPER': {} })).toEqual(['shoal.revisions'])
  expect(fields({ shoal: 'text' })).toEqual(['shoal'])
})

const NODE_PORT_SERVICE = { 'spec.type': 'NodePort' }

test('[OBJ27] node ports are found by key, alike on every node, and pass over those taken', () => {
  const one = prepare(aService(NODE_PORT_SERVICE), { nowMs: 1 })
  const [port] = nodePorts(one) as [number]
  expect(port).toBeGreaterThanOrEqual(NODE_PORT_MIN)
  expect(port).toBeLessThanOrEqual(NODE_PORT_MAX)
  expect(nodePorts(prepare(aService(NODE_PORT_SERVICE), { nowMs: 99 }))).toEqual([port])
  expect(nodePorts(prepare(aService(NODE_PORT_SERVICE), { nowMs: 1, nodePortsTaken: new Set([port]) }))).not.toEqual([
    port,
  ])
  expect(nodePorts(prepare(aService(), { nowMs: 1 }))).toEqual([undefined])
})

test('[OBJ27] several ports get several, and one that was asked for stays', () => {
  const service = prepare(
    aService({
      ...NODE_PORT_SERVICE,
      'spec.ports': [
        { name: 'a', port: 1 },
        { name: 'b', port: 2 },
        { name: 'c', port: 3, nodePort: 30_000 },
      ],
    }),
    { nowMs: 1 },
  )
  expect(new Set(nodePorts(service)).size).toBe(3)
  expect(nodePorts(service)[2]).toBe(30_000)
  expect(validate(keyOf(service), service)).toEqual([])
})

test('[OBJ27] with all taken but one, that one is found; with all taken, none', () => {
  const all = new Set(Array.from({ length: NODE_PORT_MAX - NODE_PORT_MIN + 1 }, (_, index) => NODE_PORT_MIN + index))
  const allButOne = new Set([...all].filter((port) => port !== 31_234))
  expect(nodePorts(prepare(aService(NODE_PORT_SERVICE), { nowMs: 1, nodePortsTaken: allButOne }))).toEqual([31_234])
  expect(nodePorts(prepare(aService(NODE_PORT_SERVICE), { nowMs: 1, nodePortsTaken: all }))).toEqual([undefined])
})

test('[OBJ27] applied again without its port a Service keeps it, and gives it up with its type', () => {
  const old = prepare(aService({ ...NODE_PORT_SERVICE, 'spec.ports': [{ port: 80, nodePort: 30_080 }] }), { nowMs: 1 })
  expect(nodePorts(prepare(aService(NODE_PORT_SERVICE), { old, nowMs: 2 }))).toEqual([30_080])
  const closed = complete(changed(old, { 'spec.type': 'ClusterIP' }), { old })
  expect(nodePorts(closed)).toEqual([undefined])
  expect(validate(keyOf(closed), closed)).toEqual([])
  const asked = complete(changed(old, { 'spec.type': 'ClusterIP', 'spec.ports': [{ port: 80, nodePort: 30_081 }] }), {
    old,
  })
  expect(validate(keyOf(asked), asked)).toMatchObject([{ field: 'spec.ports[0].nodePort', reason: 'Forbidden' }])
})

test('[OBJ28] names are generated and namespaces filled in', () => {
  const sent = aDeployment({
    'metadata.name': undefined,
    'metadata.namespace': undefined,
    'metadata.generateName': 'job-',
  })
  const { metadata } = complete(sent, { randomBytes: Uint8Array.from([0, 1, 2, 3, 255]) })
  expect(metadata.namespace).toBe('default')
  expect(metadata.name).toMatch(/^job-[a-z0-9]{5}$/)
  expect(complete(aNamespace('team'), {}).metadata).toEqual({ name: 'team' })
  expect(complete(aDeployment(), { randomBytes: new Uint8Array(5) }).metadata.name).toBe('web')
})

test.each([
  [{}, []],
  [{ 'spec.template.spec.hostUsers': true }, ['spec.template.spec.hostUsers']],
  [{ 'spec.template.spec.hostUsers': false, 'spec.template.spec.securityContext': {} }, []],
  [{ 'spec.template.spec.hostNetwork': true }, []],
  [{ 'spec.template.spec.securityContext': { runAsUser: 1, fsGroup: 2 } }, []],
  [
    { 'spec.template.spec.securityContext': { seLinuxOptions: { level: 's0' } } },
    ['spec.template.spec.securityContext.seLinuxOptions'],
  ],
  [{ [`${CONTAINER}.securityContext`]: { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } } }, []],
  [{ 'spec.template.spec.dnsPolicy': 'None' }, []],
  [{ 'spec.template.spec.initContainers': [{ name: 'a', image: 'x', restartPolicy: 'Always' }] }, []],
  [{ [`${CONTAINER}.livenessProbe`]: { exec: { command: ['x'] }, terminationGracePeriodSeconds: 1 } }, []],
  [{ [`${CONTAINER}.lifecycle`]: { postStart: { sleep: { seconds: 1 } }, stopSignal: 'SIGQUIT' } }, []],
  [
    { [`${CONTAINER}.startupProbe`]: { tcpSocket: { port: 1, host: 'elsewhere' } } },
    ['spec.template.spec.containers[0].startupProbe.tcpSocket.host'],
  ],
  [{ [`${CONTAINER}.ports`]: [{ containerPort: 80, hostPort: 8080 }] }, []],
  [
    { [`${CONTAINER}.ports`]: [{ containerPort: 53, protocol: 'UDP' }] },
    ['spec.template.spec.containers[0].ports[0].protocol: UDP'],
  ],
  [{ [`${CONTAINER}.terminationMessagePath`]: '/dev/termination-log' }, []],
])('[OBJ29] of %j it is said that %j have no effect', (changes, paths) => {
  expect(unsupported(aDeployment(changes))).toEqual(paths)
  expect(unsupported(withDefaults(aDeployment(changes)))).toEqual(paths)
})

test.each([aDeployment(), aService(), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } } as KubeObject])(
  '[OBJ29] finalizers and owners of a %j have an effect, and finalizers of a template have none',
  (object) => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'u' }
    const metadata = { ...object.metadata, finalizers: ['example.com/wait'], ownerReferences: [owner] }
    expect(unsupported({ ...object, metadata })).toEqual([])
    const template = aDeployment({ 'spec.template.metadata.finalizers': ['example.com/wait'] })
    expect(unsupported(template)).toEqual(['spec.template.metadata.finalizers'])
  },
)

test('[OBJ29] of a Service', () => {
  expect(unsupported(aService({ 'spec.type': 'LoadBalancer', 'spec.sessionAffinity': 'ClientIP' }))).toEqual([
    'spec.type: LoadBalancer',
    'spec.sessionAffinity: ClientIP',
  ])
  expect(unsupported(withDefaults(aService()))).toEqual([])
})

test('[OBJ30] lists merge by the keys of Kubernetes', () => {
  const keys = kubernetes.listKeys('apps', 'Deployment')
  const containers = '/spec/template/spec/containers'
  expect(keys.get(containers)).toEqual(['name'])
  expect(keys.get(`${containers}/*/env`)).toEqual(['name'])
  expect(keys.get(`${containers}/*/ports`)).toEqual(['containerPort', 'protocol'])
  expect(keys.get('/spec/template/spec/volumes')).toEqual(['name'])
  expect(keys.has(`${containers}/*/args`)).toBe(false)
  expect(kubernetes.listKeys('core', 'Service').get('/spec/ports')).toEqual(['port', 'protocol'])
  expect(kubernetes.listKeys('', 'Service').size).toBe(kubernetes.listKeys('core', 'Service').size)
  expect(kubernetes.listKeys('example.com', 'Thing').size).toBe(0)
})

test('[OBJ22] the replica prepares what validates and leaves the rest to be refused', () => {
  const broken = aDeployment({ 'spec.template': null })
  expect(kubernetes.prepare!(undefined, broken, 1)).toBe(broken)
  expect(kubernetes.prepare!(undefined, aDeployment(), 1)).toEqual(prepare(aDeployment(), { nowMs: 1 }))
})
