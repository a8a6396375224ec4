/**
 * P5, of one disk: what a node answered was on its disk, so it knows it when it starts again, before anybody can tell it.
 *
 * An object may be gone because somebody else deleted it or made another in its place; while nobody did, it is there, and of
 * no earlier generation than the answer said.
 *
 * @module
 */
import { Violation, type Checked, type Checker } from '../checker.ts'
import type { Done, History } from '../history.ts'
import { deploymentDeedOf } from '../workloads/deeds.ts'
import { glance, type SeenDeployment } from './objects.ts'

export const memory: Checker = {
  rule: 'P5',
  begin: () => ({
    async started({ cluster, history }: Checked, machine: string) {
      if (cluster.damagedDisks.has(machine)) return
      const list = await glance<{ items: SeenDeployment[] }>(cluster, machine, '/apis/apps/v1/deployments')
      if (list === undefined) return
      for (const [name, { uid, generation, done }] of answeredBy(machine, history.done)) {
        const shown = list.items.find(({ metadata }) => metadata.name === name)?.metadata
        const isSame = shown?.uid === uid
        if (isSame && shown.generation >= generation) continue
        // Somebody else's word on it may have come here as well.
        if (!isSame && mayBeGone(name, history)) continue
        const knows = shown === undefined ? 'nothing of it' : `generation ${shown.generation} of ${shown.uid}`
        throw new Violation(
          'P5',
          `${machine} answered ${done.operation.id} with generation ${generation} of ${name} ${uid}, and after a start it knows ${knows}`,
        )
      }
    },
  }),
}

interface Answered {
  readonly uid: string
  readonly generation: number
  readonly done: Done
}

/** The latest of each name. */
function answeredBy(machine: string, all: readonly Done[]): ReadonlyMap<string, Answered> {
  const latest = new Map<string, Answered>()
  for (const done of all) {
    const { outcome, operation } = done
    const deed = deploymentDeedOf(operation)
    if (deed === undefined || deed.verb === 'delete' || outcome.is !== 'acked' || outcome.machine !== machine) continue
    const { metadata } = outcome.answer.body as SeenDeployment
    const before = latest.get(deed.name)
    if (before?.uid !== metadata.uid || before.generation < metadata.generation)
      latest.set(deed.name, { uid: metadata.uid, generation: metadata.generation, done })
  }
  return latest
}

/** Somebody deleted it, or created it a second time, which may have won. */
function mayBeGone(name: string, { begun }: History): boolean {
  const deeds = begun.flatMap((operation) => deploymentDeedOf(operation) ?? []).filter((deed) => deed.name === name)
  return deeds.some(({ verb }) => verb === 'delete') || deeds.filter(({ verb }) => verb === 'create').length > 1
}
