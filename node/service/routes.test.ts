import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EndpointRow, RoutesSelf, ServiceRow } from './ports.ts'
import { endpointRow, SELF, serviceRow, viewOf } from './rig.ts'
import { LISTENERS_MAX, NO_PLACES, routeTable, standingOf } from './routes.ts'
import type { RouteTable } from './routes.ts'

function table(
  services: readonly ServiceRow[],
  endpoints: readonly EndpointRow[] = [],
  self: RoutesSelf = SELF,
): RouteTable {
  return routeTable({ view: viewOf(services, endpoints), self, previous: NO_PLACES, isPortTaken: () => false })
}

const places = (of: RouteTable, purpose: string): string[] =>
  [...of.listeners.values()].filter((one) => one.purpose === purpose).map(({ host, port }) => `${host}:${port}`)

const port = (number: number, nodePort?: number) =>
  ({ name: '', port: number, protocol: 'TCP', ...(nodePort === undefined ? {} : { nodePort }) }) as const

test('[ROUTE1] a nodePort is listened on at the host address, and a service without one is not listened on there', () => {
  expect(places(table([serviceRow({ ports: [port(80, 30_080)] })]), 'node-port')).toEqual(['10.0.0.1:30080'])
  expect(places(table([serviceRow()]), 'node-port')).toEqual([])
})

test('[ROUTE2] every service has its own port on a loopback address of its own, and one of ours where that is not allowed', () => {
  const own = table([serviceRow({ name: 'web' }), serviceRow({ name: 'api' })])
  const [web, api] = places(own, 'loopback') as [string, string]
  for (const place of [web, api]) expect(place).toMatch(/^127\.1[2-9]\d\.\d+\.\d+:8080$/)
  expect(web).not.toBe(api)
  const low = [serviceRow({ ports: [port(80)] })]
  expect(places(table(low), 'loopback')[0]).toMatch(/^127\.\d+\.\d+\.\d+:2\d{4}$/)
  expect(places(table(low, [], { ...SELF, lowestPort: 0 }), 'loopback')[0]).toMatch(/:80$/)
})

test('[ROUTE3] containers find every service on the gateway where there is one', () => {
  const withGateway = table([serviceRow({ ports: [port(80), port(443)] })], [], { ...SELF, gateway: '172.17.0.1' })
  const gateways = places(withGateway, 'gateway')
  expect(gateways).toHaveLength(2)
  for (const place of gateways) expect(place).toMatch(/^172\.17\.0\.1:2\d{4}$/)
  expect(places(table([serviceRow()]), 'gateway')).toEqual([])
})

test.each([
  // ready, stopping, verdict, probe -> on this node, on another
  [true, false, 'alive', undefined, 'sure', 'sure'],
  [false, false, 'alive', undefined, 'out', 'out'],
  [true, true, 'alive', undefined, 'out', 'out'],
  [true, false, 'unreachable', undefined, 'sure', 'doubtful'],
  [true, false, 'agent-gone', 'answers', 'sure', 'sure'],
  [true, false, 'agent-gone', undefined, 'sure', 'doubtful'],
  [true, false, 'agent-gone', 'refused', 'sure', 'out'],
  [true, false, 'lost', undefined, 'sure', 'out'],
  [false, false, 'agent-gone', 'answers', 'out', 'out'],
] as const)(
  '[ROUTE4] ready %s, stopping %s, node %s, probe %s: %s here, %s elsewhere',
  (ready, stopping, verdict, probe, here, elsewhere) => {
    const row = endpointRow({ ready, stopping, verdict, probe })
    expect(standingOf(row, SELF.id)).toBe(here)
    expect(standingOf({ ...row, node: 'node-b' }, SELF.id)).toBe(elsewhere)
  },
)

test('[ROUTE5] of two services with one nodePort the older one has it, and the other is told so', () => {
  const older = serviceRow({ name: 'zebra', ports: [port(80, 30_080)], createdAtMs: 1 })
  const newer = serviceRow({ name: 'ant', ports: [port(80, 30_080)], createdAtMs: 2 })
  const both = table([newer, older])
  expect(both.listeners.get('10.0.0.1:30080')?.service).toBe(older.key)
  expect(both.events).toEqual([
    {
      service: newer.key,
      reason: 'NodePortClash',
      message: `10.0.0.1:30080 belongs to the older service ${older.key}; give one of the two another nodePort`,
    },
  ])
})

test('[ROUTE6] a port that is not TCP is not listened on, and says so', () => {
  const dns = table([serviceRow({ name: 'dns', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] })])
  expect(dns.listeners.size).toBe(0)
  expect(dns.events[0]).toMatchObject({
    reason: 'NotRouted',
    message: expect.stringContaining('UDP is not forwarded') as string,
  })
})

test('[ROUTE7] the table does not depend on the order of the rows', () => {
  const services = ['web', 'api', 'db', 'cache'].map((name, age) =>
    serviceRow({ name, createdAtMs: age % 2, ports: [port(8080, 30_000 + (age % 3))] }),
  )
  const endpoints = ['a', 'b', 'c', 'd'].map((podUid) =>
    endpointRow({ podUid, node: podUid < 'c' ? SELF.id : 'node-b' }),
  )
  const expected = table(services, endpoints)
  const orders = fc.tuple(
    fc.shuffledSubarray(services, { minLength: 4 }),
    fc.shuffledSubarray(endpoints, { minLength: 4 }),
  )
  fc.assert(
    fc.property(orders, ([some, others]) => {
      expect(table(some, others)).toEqual(expected)
    }),
  )
})

test('[ROUTE8] a pod is behind a port only where it has that port and a way leads to it', () => {
  const endpoints = [
    endpointRow({ podUid: 'whole' }),
    endpointRow({ podUid: 'no-port', ports: { 9090: 90 } }),
    endpointRow({ podUid: 'no-address', podIP: '' }),
    endpointRow({ podUid: 'no-address-elsewhere', podIP: '', node: 'node-b' }),
  ]
  const [route] = table([serviceRow()], endpoints).routes.values()
  expect(route?.backends.map(({ podUid }) => podUid)).toEqual(['no-address-elsewhere', 'whole'])
})

test('[ROUTE9] listeners have a bound, and the service that found no room says so', () => {
  const ports = Array.from({ length: LISTENERS_MAX }, (_, index) => port(2_000 + index))
  const crowded = table([serviceRow({ ports, createdAtMs: 1 }), serviceRow({ name: 'late', createdAtMs: 2 })])
  expect(crowded.listeners.size).toBe(LISTENERS_MAX)
  expect(crowded.events).toEqual([
    expect.objectContaining({ service: 'core/Service/default/late', reason: 'NotRouted' }) as unknown,
  ])
})

test('[ROUTE10] pods of lost nodes are named, so that their connections can be ended', () => {
  const endpoints = [endpointRow({ podUid: 'gone', node: 'node-b', verdict: 'lost' }), endpointRow({ podUid: 'here' })]
  expect([...table([serviceRow()], endpoints).dead]).toEqual(['gone'])
})
