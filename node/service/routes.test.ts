import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Endpoint } from '../../crdt/index.ts'
import { standingOf } from './backends.ts'
import { NO_PLACES } from './places.ts'
import type { RoutedService, RoutesSelf } from './ports.ts'
import { endpointRow, portRow, SELF, serviceRow, viewOf } from './rig.ts'
import { LISTENERS_MAX, routeTable } from './routes.ts'
import type { RouteTable } from './routes.ts'

function table(
  services: readonly RoutedService[],
  endpoints: readonly Endpoint[] = [],
  self: RoutesSelf = SELF,
): RouteTable {
  return routeTable({ view: viewOf(services, endpoints), self, previous: NO_PLACES, isPortTaken: () => false })
}

const places = (of: RouteTable, purpose: string): string[] =>
  [...of.listeners.values()].filter((one) => one.purpose === purpose).map(({ host, port }) => `${host}:${port}`)

const port = (number: number, nodePort?: number) => portRow(number, nodePort === undefined ? {} : { nodePort })

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
    expect(standingOf(row, { self: SELF.id, takesUnready: false })).toBe(here)
    expect(standingOf({ ...row, node: 'node-b' }, { self: SELF.id, takesUnready: false })).toBe(elsewhere)
  },
)

test('[ROUTE4] a service that publishes pods that are not ready routes to them, but not to those that stop', () => {
  const starting = endpointRow({ podUid: 'starting', ready: false })
  const stopping = endpointRow({ podUid: 'stopping', ready: false, stopping: true })
  const [route] = table([serviceRow({ publishNotReady: true })], [starting, stopping]).routes.values()
  expect(route?.backends.map(({ podUid }) => podUid)).toEqual(['starting'])
})

test('[ROUTE5] a service whose nodePort an older one holds is served but for that, and told whose it is', () => {
  const newer = serviceRow({ name: 'ant', ports: [portRow(80, { clash: 'core/Service/default/zebra' })] })
  const served = table([newer])
  expect(places(served, 'node-port')).toEqual([])
  expect(places(served, 'loopback')).toHaveLength(1)
  expect(served.events).toEqual([
    {
      service: newer.key,
      reason: 'NodePortClash',
      message:
        'port 80 of ant has no nodePort: the one it asks for is that of core/Service/default/zebra; give one of them another',
    },
  ])
})

test('[ROUTE6] a port that is not TCP is not listened on, and says so', () => {
  const dns = table([serviceRow({ name: 'dns', ports: [portRow(53, { protocol: 'UDP' })] })])
  expect(dns.listeners.size).toBe(0)
  expect(dns.events[0]).toMatchObject({
    reason: 'NotRouted',
    message: expect.stringContaining('UDP is not forwarded') as string,
  })
})

test('[ROUTE7] the table does not depend on the order of the rows', () => {
  const services = ['web', 'api', 'db', 'cache'].map((name, age) =>
    serviceRow({ name, createdAtMs: age % 2, ports: [port(8080, 30_000 + age)] }),
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
    endpointRow({ podUid: 'no-port', ports: { other: 90 } }),
    endpointRow({ podUid: 'no-address', podIP: '' }),
    endpointRow({ podUid: 'no-address-elsewhere', podIP: '', node: 'node-b' }),
  ]
  const [route] = table([serviceRow()], endpoints).routes.values()
  expect(route?.backends.map(({ podUid }) => podUid)).toEqual(['no-address-elsewhere', 'whole'])
})

test('[ROUTE9] listeners have a bound, and the service that found no room says so', () => {
  const ports = Array.from({ length: LISTENERS_MAX }, (_, index) => port(2_000 + index))
  const crowded = table([
    serviceRow({ name: 'older', ports, createdAtMs: 1 }),
    serviceRow({ name: 'late', createdAtMs: 2 }),
  ])
  expect(crowded.listeners.size).toBe(LISTENERS_MAX)
  expect(crowded.events).toEqual([
    expect.objectContaining({ service: 'core/Service/default/late', reason: 'NotRouted' }) as unknown,
  ])
})

test('[ROUTE10] lost nodes are named, so that connections to their pods can be ended', () => {
  const endpoints = [endpointRow({ podUid: 'gone', node: 'node-b', verdict: 'lost' }), endpointRow({ podUid: 'here' })]
  expect([...table([serviceRow()], endpoints).lost]).toEqual(['node-b'])
})
