import { listenOn, contract } from './contract.ts'
import type { Listener } from './contract.ts'
import { MemoryNetwork } from './memory.ts'
import { newCluster } from './rig.ts'

contract('the memory transport', async () => {
  const cluster = newCluster()
  const network = new MemoryNetwork()
  const started: Listener[] = []
  return {
    member: async () => {
      const { identity, members } = cluster.member()
      const listener = await listenOn(network.transport({ self: identity.node, members }))
      started.push(listener)
      return listener
    },
    stranger: async door => {
      const other = newCluster('other').member()
      const transport = network.transport({ self: other.identity.node, members: other.members })
      const stranger = await listenOn(transport)
      await transport.connect(door.transport.addresses()).then(
        () => Promise.reject(new Error('a stranger was let in')),
        () => {},
      )
      return stranger.frames.length + stranger.gossip.length + stranger.admitted.length
    },
    kill: async listener => network.crash(listener.transport.self),
    close: async () => {
      await Promise.all(started.map(({ transport }) => transport.stop()))
    },
  }
})
