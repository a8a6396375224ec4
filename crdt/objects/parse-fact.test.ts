import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BidFact, FactName } from '../facts.ts'
import { RECORD_CHARS_MAX } from '../limits.ts'
import { parseFact } from './parse-fact.ts'
import { changed, aNodeFact, aPodFact } from './sample.ts'
import type { KubeObject } from '../object.ts'

const aBid: BidFact = {
  workload: 'apps/Deployment/default/web',
  revision: 'bcdfghjklm',
  auction: 'abc',
  curve: [9, 8, 7.5],
  parts: { free: 9 },
  decline: 'no more room',
}

const FULL_POD = aPodFact({
  auction: [{ node: '12D3KooWBasil', decline: 'no room' }],
  containers: [
    {
      name: 'web',
      image: 'nginx',
      ready: false,
      restarts: 2,
      now: { state: 'waiting', reason: 'CrashLoopBackOff', message: 'again in 10 s' },
      last: { state: 'terminated', exitCode: 137, reason: 'Error', finishedAtMs: 5, message: 'last words' },
      id: 'docker://abc',
    },
  ],
  initContainers: [
    {
      name: 'proxy',
      image: 'envoy',
      ready: false,
      restarts: 0,
      starting: true,
      now: { state: 'running', startedAtMs: 4 },
    },
  ],
  initialized: true,
})

const NODE = aNodeFact({
  taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }],
  runtimeTrouble: { docker: 'no socket at /var/run/docker.sock' },
})

const withChange = (fact: unknown, changes: Record<string, unknown>): unknown => changed(fact as KubeObject, changes)

test.each<[FactName, unknown]>([
  ['node', NODE],
  ['pod/p1', aPodFact()],
  ['pod/p1', FULL_POD],
  ['bid/x', aBid],
])('[FACT1] a good %s comes out as it went in', (name, fact) => {
  expect(parseFact(name, fact)).toEqual({ fact })
  expect(parseFact(name, { ...(fact as object), futureField: 1 })).toEqual({ fact })
})

test.each(['node-1', 'a.b', 'x1-5xwo', `${'n'.repeat(63)}-bcdf`, '12D3KooWBasil'])(
  '[FACT1] a pod remembers a bid of %s',
  (node) => {
    const fact = aPodFact({ auction: [{ node, decline: 'no room' }] })
    expect(parseFact('pod/p1', fact)).toEqual({ fact })
  },
)

test.each(['10.0.0.1:6443', '[fe80::1]:6443', 'kube.example.org:443'])(
  '[KUBE13] the door %s of a node is told',
  (apiTls) => {
    expect(parseFact('node', { ...NODE, apiTls })).toEqual({ fact: { ...NODE, apiTls } })
  },
)

test.each(['10.0.0.1', 'https://10.0.0.1:6443', 'a b:1', 'x\n10.0.0.1:6443', `${'x'.repeat(65)}:1`, 6443, ''])(
  '[KUBE13] %j is no door of a node',
  (apiTls) => {
    expect(parseFact('node', { ...NODE, apiTls })).toEqual({ error: expect.stringContaining('node.apiTls must ') })
  },
)

test.each<[string, unknown, string]>([
  ['name', 'Basil', 'node.name a lowercase RFC 1123'],
  ['name', undefined, 'node.name must be a string'],
  ['addresses', Array(17).fill('x'), 'node.addresses must have at most 16 items'],
  ['addresses', ['x'.repeat(257)], 'node.addresses[0] must have at most 256 characters'],
  ['hostAddress', 'not an ip', 'node.hostAddress must be an IP address'],
  ['labels', { 'a b': 'x' }, 'node.labels has a bad key'],
  ['labels', { a: 1 }, 'node.labels[a] must be a string'],
  [
    'labels',
    Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`l${index}`, ''])),
    'node.labels must have at most 128 entries',
  ],
  ['taints', [{ key: 'a', effect: 'Never' }], 'node.taints[0].effect must be one of'],
  ['unschedulable', 1, 'node.unschedulable must be true or false'],
  ['capacity', { cpuMilli: 1, memoryBytes: 1 }, 'node.capacity.pods must be a whole number'],
  ['capacity.cpuMilli', -1, 'node.capacity.cpuMilli must be between'],
  ['capacity.cpuMilli', 1.5, 'node.capacity.cpuMilli must be a whole number'],
  ['capacity.memoryBytes', Number.POSITIVE_INFINITY, 'node.capacity.memoryBytes must be a whole number'],
  ['platform', null, 'node.platform must be an object'],
  ['images', Array(65).fill('x'), 'node.images must have at most 64 items'],
  ['startedAtMs', Number.NaN, 'node.startedAtMs must be a number'],
  ['runtimeTrouble', { docker: 'x'.repeat(1025) }, 'node.runtimeTrouble[docker] must have at most 1024 characters'],
])('[FACT2] a node whose %s is %.30j is refused', (field, value, error) => {
  expect(parseFact('node', withChange(NODE, { [field]: value }))).toEqual({ error: expect.stringContaining(error) })
})

test.each<[string, unknown, string]>([
  ['name', 'Web', 'pod.name'],
  ['workload', 'web', 'pod.workload must be the key of a document'],
  ['revision', 'short', 'pod.revision must be the hash of a template'],
  ['index', 10_001, 'pod.index must be between 0 and 10000'],
  ['claimedAtMs', '5', 'pod.claimedAtMs must be a number'],
  ['auction', Array.from({ length: 25 }, () => ({ node: 'a', decline: '' })), 'pod.auction must have at most 24 items'],
  ['ofPod', '../x', 'pod.ofPod must be a uid'],
  ['relieves', { uid: '../x', why: '' }, 'pod.relieves.uid must be a uid'],
  ['relieves', { uid: 'x', why: 'y'.repeat(1025) }, 'pod.relieves.why must have at most 1024 characters'],
  ['auction', [{ node: 'a/b', decline: '' }], 'pod.auction[0].node must be the name or the id of a node'],
  ['phase', 'Sleeping', 'pod.phase must be one of Pending, Running, Succeeded, Failed'],
  ['podIP', '127.0.0.1; rm', 'pod.podIP must be an IP address'],
  ['containers', Array(33).fill(aPodFact().containers[0]), 'pod.containers must have at most 32 items'],
  [
    'containers',
    [{ ...aPodFact().containers[0], now: { state: 'asleep' } }],
    'pod.containers[0].now.state must be one of',
  ],
  ['message', 'x'.repeat(2049), 'pod.message must have at most 2048 characters'],
])('[FACT2] a pod whose %s is %.30j is refused', (field, value, error) => {
  expect(parseFact('pod/p1', withChange(aPodFact(), { [field]: value }))).toEqual({
    error: expect.stringContaining(error),
  })
})

test.each<[string, unknown, string]>([
  ['curve', Array(10_001).fill(1), 'bid.curve must have at most 10000 items'],
  ['curve', [Number.NaN], 'bid.curve[0] must be a number'],
  ['curve', [1e10], 'bid.curve[0] must be between'],
  ['parts', { ['x'.repeat(65)]: 1 }, 'bid.parts has a bad key'],
  ['decline', 5, 'bid.decline must be a string'],
])('[FACT2] a bid whose %s is %.30j is refused', (field, value, error) => {
  expect(parseFact('bid/x', withChange(aBid, { [field]: value }))).toEqual({ error: expect.stringContaining(error) })
})

test('[FACT3] a pod answers to the name of its record, and to a workload of its namespace', () => {
  expect(parseFact('pod/p2', aPodFact())).toEqual({
    error: expect.stringContaining('pod.uid must be the one in the name'),
  })
  expect(parseFact('pod/p1', aPodFact({ workload: 'apps/Deployment/prod/web' }))).toEqual({
    error: expect.stringContaining("in the pod's namespace"),
  })
})

test.each<[string, unknown, string]>([
  ['overMs', -1, 'usage.overMs must be between'],
  ['pods', { 'no uid!': {} }, 'usage.pods has a bad key: must be a uid'],
  ['pods', { u1: { 'No Name': [1, 1] } }, 'usage.pods[u1] has a bad key'],
  ['pods', { u1: { web: [1] } }, 'usage.pods[u1][web] must be cpu and memory'],
  ['pods', { u1: { web: [1.5, 1] } }, 'usage.pods[u1][web].cpuMilli must be a whole number'],
  ['pods', { u1: { web: [1, -1] } }, 'usage.pods[u1][web].memoryKiB must be between'],
  ['pods', manyUsed(501), 'usage.pods must have at most 500 entries'],
  ['pods', Object.fromEntries(Object.entries(manyUsed(300)).map(([uid]) => [uid, { a: [1, 1], b: [1, 1] }])), 'usage.pods must have at most 500 containers'], // prettier-ignore
])('[FACT5] a usage whose %s is %.30j is refused', (field, value, error) => {
  expect(parseFact('usage', { overMs: 15_000, pods: {}, [field]: value })).toEqual({
    error: expect.stringContaining(error),
  })
})

test('[FACT5] the longest usage fits into a record', () => {
  const used: [number, number] = [10_000_000, 2 ** 40]
  const uid = (index: number): string => `0f9c3d52-55aa-4c8b-9d0e-0a1b2c3d${String(index).padStart(4, '0')}`
  const fact = { overMs: 15_000, pods: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [uid(index), { ['a'.repeat(60)]: used }])) } // prettier-ignore
  expect(parseFact('usage', { ...fact, nonsense: 1 })).toEqual({ fact })
  expect(JSON.stringify(fact).length).toBeLessThan(RECORD_CHARS_MAX)
})

function manyUsed(count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`u${index}`, { web: [1, 1] }]))
}

test('[FACT4] anything gets an answer', () => {
  const names = fc.constantFrom<FactName>('node', 'usage', 'pod/p1', 'bid/x')
  const answers = (name: FactName, value: unknown): boolean => 'error' in parseFact(name, value)
  fc.assert(fc.property(names, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), answers), {
    numRuns: 700,
  })
  const fields = fc.constantFrom(...Object.keys(FULL_POD))
  fc.assert(
    fc.property(fields, fc.jsonValue(), (field, value) => void parseFact('pod/p1', { ...FULL_POD, [field]: value })),
    { numRuns: 700 },
  )
})
