import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { realClock, realDice, realTimers } from '../world/real-clock.ts'
import { realSockets } from '../world/real-sockets.ts'
import { DataPlane } from './data-plane.ts'
import { NO_PLACES } from './places.ts'
import { Reach } from './reach.ts'
import {
  endpointRow,
  memoryLog,
  portRow,
  readAll,
  SELF,
  serviceRow,
  socketPod,
  standing,
  streamPair,
  viewOf,
} from './rig.ts'
import type { SocketPod } from './rig.ts'
import { routeTable } from './routes.ts'
import { ForwardServer } from './serve-forward.ts'

const pods: SocketPod[] = []

afterEach(async () => {
  for (const pod of pods.splice(0)) await pod.die()
})

/** Node A serves a service of which all pods run on nodes B and C; only streams lead there. */
async function threeNodes() {
  const servers = new Map<string, ForwardServer>()
  const endpoints = []
  for (const node of ['node-b', 'node-c']) {
    const pod = await socketPod(`pod-on-${node}`, (connection) => {
      connection.write(`${node} heard `)
      connection.pipe(connection)
    })
    pods.push(pod)
    const { host, port } = pod.backend
    servers.set(
      node,
      new ForwardServer({
        sockets: realSockets,
        findPod: (uid) => (uid === pod.backend.podUid ? { podIP: host, ports: [port] } : undefined),
      }),
    )
    // The address its own node knows it by means nothing here.
    endpoints.push(endpointRow({ podUid: pod.backend.podUid, node, podIP: '127.64.9.9', ports: { '': port } }))
  }
  const view = viewOf([serviceRow({ ports: [portRow(8080)] })], endpoints)
  const table = routeTable({ view, self: SELF, previous: NO_PLACES, isPortTaken: () => false })
  const transport = {
    async open(to: string, _: string, header: Uint8Array): Promise<Duplex> {
      const server = servers.get(to)
      if (server === undefined) throw new Error(`no link to ${to}`)
      const [near, far] = streamPair()
      void server.serve(SELF.id, header, far)
      return near
    },
  }
  const reach = new Reach({ clock: realClock, timers: realTimers, sockets: realSockets, transport })
  const plane = new DataPlane({ ...standing(), dice: realDice, log: memoryLog(), reach })
  plane.apply(table)
  const [listener] = table.listeners.keys()
  const request = async (body: string) => {
    const [client, accepted] = streamPair()
    const over = plane.accept(listener ?? ':0', accepted)
    client.end(body)
    const answer = await readAll(client)
    await over
    return answer
  }
  return { request, servers, plane }
}

test("[NODES1] a node that runs no pod of a service serves it through the pods' nodes, in turn", async () => {
  const { request } = await threeNodes()
  const heard = new Set<string>()
  for (let number = 0; number < 4; number++) heard.add((await request('hello')).text)
  expect([...heard].toSorted()).toEqual(['node-b heard hello', 'node-c heard hello'])
})

test('[NODES2] a pod that died on another node is passed over before the client notices', async () => {
  const { request, plane } = await threeNodes()
  await pods[0]?.die()
  for (let number = 0; number < 10; number++)
    expect(await request('hello')).toEqual({ text: 'node-c heard hello', error: undefined })
  expect(plane.counts).toMatchObject({ served: 10, failedAttempts: 1 })
})

test('[NODES2] a node without a link is passed over before the client notices', async () => {
  const { request, servers } = await threeNodes()
  servers.delete('node-c')
  for (let number = 0; number < 10; number++) expect((await request('hello')).text).toBe('node-b heard hello')
})
