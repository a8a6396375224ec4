import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { ActorSystem } from '../actor/system.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import type { Listening } from '../world/world.ts'
import type { RouteAddresses } from './places.ts'
import type { RoutedService, RouteEvent, RouteId, RoutesSelf } from './ports.ts'
import { ProxyActor } from './proxy-actor.ts'
import type { ProxyMessage } from './proxy-actor.ts'
import { memoryLog, portRow, SELF, serviceRow, streamPair, viewOf } from './rig.ts'

/** The actor over sockets that do as told, in time that stands still. */
function rig(self: RoutesSelf = SELF) {
  const time = new VirtualTime()
  const log = memoryLog()
  const state = {
    services: [] as RoutedService[],
    open: new Map<string, (client: Duplex) => void>(),
    /** Code with which listening on `host:port` fails. */
    trouble: new Map<string, string>(),
    attempts: [] as string[],
    events: [] as RouteEvent[],
    addresses: new Map() as ReadonlyMap<RouteId, RouteAddresses>,
    accepted: [] as string[],
    tables: 0,
    /** Delay before a listener stands. */
    openMs: 0,
  }
  const listen = (
    { host, port }: { host: string; port: number },
    onConnection: (client: Duplex) => void,
  ): Promise<Listening> =>
    new Promise((resolve, reject) => {
      const id = `${host}:${port}`
      state.attempts.push(id)
      time.timers.after(state.openMs, () => {
        const code = state.trouble.get(id) ?? (state.open.has(id) ? 'EADDRINUSE' : undefined)
        if (code !== undefined) return reject(Object.assign(new Error(code), { code }))
        state.open.set(id, onConnection)
        resolve({ host, port, close: async () => void state.open.delete(id) })
      })
    })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log })
  const ref = system.spawn<ProxyMessage>('proxy', () => {
    return new ProxyActor({
      view: { ...viewOf([], []), services: () => state.services },
      self,
      sockets: { listen },
      dataPlane: { apply: () => void state.tables++, accept: async (id) => void state.accepted.push(id) },
      report: (event) => void state.events.push(event),
      placed: (addresses) => (state.addresses = addresses),
    })
  })
  const look = async (waitMs = 50): Promise<void> => {
    system.tell(ref, { type: 'look' })
    await time.advanceAndSettle(waitMs)
  }
  return { time, log, state, system, ref, look }
}

const nodePort = (port: number, name = 'web') => serviceRow({ name, ports: [portRow(8080, { nodePort: port })] })

test('[PROXY1] listeners follow the table: opened when wanted, closed when not', async () => {
  const { state, look } = rig()
  state.services = [nodePort(30_080)]
  await look()
  const loopback = state.addresses.get('core/Service/default/web:8080')?.loopback
  expect([...state.open.keys()].toSorted()).toEqual(['10.0.0.1:30080', `${loopback?.host}:8080`])
  state.open.get('10.0.0.1:30080')?.(streamPair()[0])
  expect(state.accepted).toEqual(['10.0.0.1:30080'])
  state.services = [nodePort(30_081)]
  await look()
  expect([...state.open.keys()].toSorted()).toEqual(['10.0.0.1:30081', `${loopback?.host}:8080`])
  state.services = []
  await look()
  expect(state.open.size).toBe(0)
})

test('[PROXY2] a nodePort that is taken is reported once by its number with what to do, and had when it is free', async () => {
  const { state, look, time } = rig()
  state.services = [nodePort(30_080)]
  state.trouble.set('10.0.0.1:30080', 'EADDRINUSE')
  await look()
  await time.advanceAndSettle(100_000)
  expect(state.events).toEqual([
    {
      service: 'core/Service/default/web',
      reason: 'PortInUse',
      message: 'cannot listen on 10.0.0.1:30080: another program does; stop it or give the service another nodePort',
    },
  ])
  // 1, 2, 4, 8, 16, 30, 30 s after one another.
  expect(state.attempts.filter((id) => id === '10.0.0.1:30080')).toHaveLength(8)
  expect(state.open.size).toBe(1)
  state.trouble.clear()
  await time.advanceAndSettle(30_000)
  expect(state.open.has('10.0.0.1:30080')).toBe(true)
})

test.each([
  ['EACCES', 'PortNotAllowed', 'CAP_NET_BIND_SERVICE'],
  ['EADDRNOTAVAIL', 'AddressNotHere', "set the node's host address"],
  ['EMFILE', 'ListenFailed', 'it is tried again'],
])('[PROXY2] %s is reported as %s with what to do', async (code, reason, remedy) => {
  const { state, look } = rig()
  state.services = [nodePort(30_080)]
  state.trouble.set('10.0.0.1:30080', code)
  await look()
  expect(state.events).toEqual([
    expect.objectContaining({ reason, message: expect.stringContaining(remedy) as string }) as unknown,
  ])
  expect(state.events[0]?.message).toContain('10.0.0.1:30080')
})

test('[PROXY3] a port of our own choosing that is taken is chosen anew, and the addresses say so', async () => {
  const { state, look } = rig({ ...SELF, gateway: '172.17.0.1' })
  state.services = [serviceRow()]
  await look()
  const route = 'core/Service/default/web:8080'
  const first = state.addresses.get(route)?.gateway
  const other = rig({ ...SELF, gateway: '172.17.0.1' })
  other.state.services = [serviceRow()]
  other.state.trouble.set(`172.17.0.1:${first?.port}`, 'EADDRINUSE')
  await other.look()
  const second = other.state.addresses.get(route)?.gateway
  expect(second?.port).not.toBe(first?.port)
  expect(other.state.open.has(`172.17.0.1:${second?.port}`)).toBe(true)
  expect(other.state.events).toEqual([])
})

test('[PROXY4] a listener that stands when it is not wanted any more is closed', async () => {
  const { state, look, time } = rig()
  state.openMs = 500
  state.services = [nodePort(30_080)]
  await look()
  state.services = []
  await look()
  await time.advanceAndSettle(1_000)
  expect(state.open.size).toBe(0)
  state.services = [nodePort(30_080)]
  await look(1_000)
  expect(state.open.size).toBe(2)
})

test('[PROXY5] a stopped actor leaves no listener, also none that was on its way', async () => {
  const { state, look, system, ref, time } = rig()
  state.services = [nodePort(30_080)]
  await look()
  state.openMs = 500
  state.services = [nodePort(30_080), nodePort(30_081, 'api')]
  await look()
  system.stop(ref)
  await time.advanceAndSettle(1_000)
  expect(state.open.size).toBe(0)
})

test('[PROXY6] a burst of changes is answered by one table', async () => {
  const { state, look, system, ref } = rig()
  for (let change = 0; change < 100; change++) system.tell(ref, { type: 'look' })
  await look()
  expect(state.tables).toBe(1)
})
