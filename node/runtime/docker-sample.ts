/**
 * A pod of one container, as tests of the Docker runtime launch it.
 *
 * @module
 */
import type { Owner } from './docker-container.ts'
import type { ContainerLaunch, PodLaunch } from './runtime.ts'

export const owner: Owner = { node: '12D3KooNode', home: 'h1', cluster: 'c1' }
export const launch: ContainerLaunch = {
  name: 'web',
  image: 'busybox:1',
  pull: 'IfNotPresent',
  env: { MODE: 'a=b' },
  ports: [],
  attempt: 2,
}
export const pod: PodLaunch = {
  uid: 'u-1',
  name: 'web-1',
  namespace: 'default',
  hostname: 'web-1',
  labels: { app: 'web' },
  annotation: '{"claim":1}',
  containers: [launch],
  graceMs: 1_000,
}
