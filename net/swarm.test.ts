import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect, contract, gossipFlows } from './contract.ts'
import { newSwarmRig } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'

let rig: SwarmRig
beforeEach(() => {
  rig = newSwarmRig()
})
afterEach(() => rig.close())

describe('two swarms on loopback', () => {
  test('[GOSSIP1] one gossip message really arrives', async () => {
    const [a, b] = await Promise.all([rig.member(), rig.member()])
    await connect(a, b)
    await gossipFlows(a, b)
    expect(b.gossip.length).toBeGreaterThan(0)
  })
})

contract('the swarm', async () => newSwarmRig())
