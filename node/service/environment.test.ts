import { expect, test } from 'vitest'
import { serviceEnvironment } from './environment.ts'
import { routeId } from './ports.ts'
import type { RouteAddresses } from './places.ts'
import type { RoutedService } from './ports.ts'
import { portRow, serviceRow } from './rig.ts'

const web = serviceRow({
  name: 'web-front.v2',
  ports: [portRow(80, { name: 'http' }), portRow(9000, { name: 'admin-ui' })],
})
const addresses = new Map<`${string}:${number}`, RouteAddresses>([
  [
    routeId(web.key, 80),
    { loopback: { host: '127.130.1.2', port: 80 }, gateway: { host: '172.17.0.1', port: 20_123 } },
  ],
  [
    routeId(web.key, 9000),
    { loopback: { host: '127.130.1.2', port: 9000 }, gateway: { host: '172.17.0.1', port: 20_456 } },
  ],
])

const environment = (
  runtime: 'process' | 'docker',
  services: readonly RoutedService[] = [web],
  namespace = 'default',
) => serviceEnvironment({ namespace, runtime, services, addresses })

test('[ENV1] a process is told the loopback address and the ports of the manifest', () => {
  expect(environment('process')).toEqual({
    WEB_FRONT_V2_SERVICE_HOST: '127.130.1.2',
    WEB_FRONT_V2_SERVICE_PORT: '80',
    WEB_FRONT_V2_SERVICE_PORT_HTTP: '80',
    WEB_FRONT_V2_SERVICE_PORT_ADMIN_UI: '9000',
    WEB_FRONT_V2_PORT: 'tcp://127.130.1.2:80',
    WEB_FRONT_V2_PORT_80_TCP: 'tcp://127.130.1.2:80',
    WEB_FRONT_V2_PORT_80_TCP_PROTO: 'tcp',
    WEB_FRONT_V2_PORT_80_TCP_PORT: '80',
    WEB_FRONT_V2_PORT_80_TCP_ADDR: '127.130.1.2',
    WEB_FRONT_V2_PORT_9000_TCP: 'tcp://127.130.1.2:9000',
    WEB_FRONT_V2_PORT_9000_TCP_PROTO: 'tcp',
    WEB_FRONT_V2_PORT_9000_TCP_PORT: '9000',
    WEB_FRONT_V2_PORT_9000_TCP_ADDR: '127.130.1.2',
  })
})

test('[ENV2] a container is told the gateway and its port, under the names of the manifest', () => {
  expect(environment('docker')).toMatchObject({
    WEB_FRONT_V2_SERVICE_HOST: '172.17.0.1',
    WEB_FRONT_V2_SERVICE_PORT: '20123',
    WEB_FRONT_V2_SERVICE_PORT_ADMIN_UI: '20456',
    WEB_FRONT_V2_PORT_80_TCP_PORT: '20123',
    WEB_FRONT_V2_PORT_9000_TCP: 'tcp://172.17.0.1:20456',
  })
})

test('[ENV3] services of other namespaces and those without an address here are left out', () => {
  expect(environment('process', [web], 'other')).toEqual({})
  expect(environment('process', [serviceRow({ name: 'not-served' })])).toEqual({})
})

test('[ENV4] the environment has a bound', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => serviceRow({ name: `web-${index}` }))
  const served = new Map(many.map(({ key }) => [routeId(key, 8080), { loopback: { host: '127.130.1.2', port: 8080 } }]))
  const variables = serviceEnvironment({ namespace: 'default', runtime: 'process', services: many, addresses: served })
  expect(Object.keys(variables)).toHaveLength(256 * 7)
})
