/**
 * A machine's cable, or its agent, comes and goes every few seconds (F14).
 *
 * @module
 */
import { isAgentGone, type Cluster } from '../cluster.ts'
import { nemesis, type Stage } from '../fault.ts'

interface Flap {
  readonly machine: string
  readonly what: 'cable' | 'agent'
  readonly downMs: number
  readonly upMs: number
}

export const flap = nemesis<Flap>({
  kind: 'flap',
  lastsMs: [10_000, 120_000],
  draw: ({ chance, machines }) => ({
    machine: chance.pick(machines),
    what: chance.chance(0.75) ? 'cable' : 'agent',
    downMs: chance.between(500, 7_000),
    upMs: chance.between(1_000, 5_000),
  }),
  async begin(stage, flapping, id) {
    const { cluster, downs } = stage
    if (flapping.what === 'agent') downs.hold(flapping.machine, id)
    while (stage.isOn(id)) {
      await goes(stage, flapping, id)
      await cluster.runFor(flapping.downMs)
      if (stage.isOn(id)) await comes(stage, flapping, id)
      await cluster.runFor(flapping.upMs)
    }
  },
  async end(stage, { machine, what }, id) {
    if (what === 'cable') await stage.cluster.mendNetwork(id)
    else await stage.bringBack(machine, id)
  },
})

async function goes({ cluster }: Stage, { machine, what }: Flap, id: string): Promise<void> {
  if (what === 'agent') return cluster.killAgent(machine)
  await cluster.cutWays(id, cableOf(cluster, machine))
}

async function comes({ cluster, downs, restart }: Stage, { machine, what }: Flap, id: string): Promise<void> {
  if (what === 'cable') return cluster.mendNetwork(id)
  if (isAgentGone(cluster.stateOf(machine)) && downs.isHeldOnlyBy(machine, id)) await restart(machine)
}

function cableOf({ machines }: Cluster, machine: string): { readonly from: string; readonly to: string }[] {
  const others = machines.filter((other) => other !== machine)
  return others.flatMap((other) => [
    { from: machine, to: other },
    { from: other, to: machine },
  ])
}
