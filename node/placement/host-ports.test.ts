import { expect, test } from 'vitest'
import type { PodTemplate } from '../control/rows.ts'
import { aNode, aPod, aWorkload, KEY } from '../control/sample.ts'
import { makeBid } from './bid.ts'
import { hostPortsOf, portTaken } from './host-ports.ts'
import { holdersOn } from './requests.ts'

type Port = { hostPort?: number; protocol?: string; hostIP?: string }

const asking = (...ports: Port[]): PodTemplate => ({
  spec: { containers: [{ name: 'main', ports: ports.map((port) => ({ containerPort: 80, ...port })) }] },
})
const on =
  (template: PodTemplate, fields: Parameters<typeof aPod>[1] = {}, node = 'a') =>
  () =>
    holdersOn('a', [aPod(node, { name: 'web-1', ...fields })], new Map([[KEY, aWorkload({ template })]]))

test.each<{ what: string; has: Port; wants: Port; says: string | undefined }>([
  {
    what: 'the same port',
    has: { hostPort: 80 },
    wants: { hostPort: 80 },
    says: 'host port 80/TCP is taken by pod web-1',
  },
  { what: 'another port', has: { hostPort: 80 }, wants: { hostPort: 81 }, says: undefined },
  { what: 'another protocol', has: { hostPort: 53 }, wants: { hostPort: 53, protocol: 'UDP' }, says: undefined },
  {
    what: 'one address and all',
    has: { hostPort: 80, hostIP: '10.0.0.1' },
    wants: { hostPort: 80, hostIP: '0.0.0.0' },
    says: 'host port 80/TCP is taken by pod web-1',
  },
  {
    what: 'two addresses',
    has: { hostPort: 80, hostIP: '10.0.0.1' },
    wants: { hostPort: 80, hostIP: '10.0.0.2' },
    says: undefined,
  },
  { what: 'no port of the machine', has: {}, wants: { hostPort: 80 }, says: undefined },
])('[BID31] a pod has $has, another wants $wants ($what): $says', ({ has, wants, says }) => {
  expect(portTaken(asking(wants), on(asking(has)))).toBe(says)
})

test('[BID31] a pod that stops has its port until it is gone, one that has ended or is elsewhere has none', () => {
  const template = asking({ hostPort: 80 })
  expect(portTaken(template, on(template, { stopping: true }))).toMatch(/is taken/)
  expect(portTaken(template, on(template, { phase: 'Succeeded' }))).toBeUndefined()
  expect(portTaken(template, on(template, {}, 'b'))).toBeUndefined()
})

test('[BID31] sidecars have ports too, containers that run first do not', () => {
  const ports = [{ containerPort: 80, hostPort: 80 }]
  const initContainers = [
    { name: 'first', ports },
    { name: 'beside', ports, restartPolicy: 'Always' },
  ]
  expect(hostPortsOf({ spec: { containers: [], initContainers } })).toHaveLength(1)
})

test('[BID31] a bid is for one slot, and for none where the port is taken', () => {
  const question = {
    workload: KEY,
    revision: 'new',
    template: asking({ hostPort: 80 }),
    auction: 'digest-0',
    openCount: 3,
    self: aNode('a', { isSelf: true }),
    free: { cpuMilli: 4_000, memoryBytes: 2 ** 32, pods: 100 },
    promised: { cpuMilli: 0, memoryBytes: 0, pods: 0 },
    siblings: 0,
    failures: 0,
    podSecurity: 'privileged' as const,
    refusal: undefined,
  }
  expect(makeBid(question).curve).toHaveLength(1)
  expect(makeBid(question).decline).toBe('has one of each host port, and the pod asks for one')
  expect(makeBid({ ...question, template: asking({}) }).curve).toHaveLength(3)
  const portTakenBy = 'host port 80/TCP is taken by pod web-1'
  expect(makeBid({ ...question, portTaken: portTakenBy })).toMatchObject({ curve: [], decline: portTakenBy })
})
