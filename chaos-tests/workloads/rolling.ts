/**
 * One Deployment is scaled up and down in steps, each before the last one has settled; and another is given one new template
 * after the other, so that updates meet updates.
 *
 * @module
 */
import type { Stream } from '../sim/random.ts'
import { requests, workload, type AnyWorkload, type Drawn } from '../workload.ts'
import { requestOf, type DeploymentDeed } from './deeds.ts'

const STEPS_MAX = 6
const STEP_MS = 3_000
const UPDATE_MS = 8_000
const REPLICAS = 3

/** A Deployment of its own, created at once, and then a deed after each pause. */
function steady(name: string, pauseMs: number, next: (chance: Stream, step: number) => DeploymentDeed): AnyWorkload {
  return workload<DeploymentDeed>({
    name,
    draw({ chance, lastsMs }) {
      const deeds: Drawn<DeploymentDeed>[] = [{ atMs: 0, what: { verb: 'create', name, replicas: REPLICAS } }]
      let step = 0
      for (let atMs = chance.exponential(pauseMs); atMs < lastsMs; atMs += chance.exponential(pauseMs)) {
        step += 1
        deeds.push({ atMs, what: next(chance, step) })
      }
      return deeds
    },
    carryOut: requests(requestOf),
  })
}

export const scaling = steady('scaling', STEP_MS, (_, step) => {
  const at = step % (2 * STEPS_MAX)
  return { verb: 'scale', name: 'scaling', replicas: at < STEPS_MAX ? at : 2 * STEPS_MAX - at }
})

export const updating = steady('updating', UPDATE_MS, (chance, step) => {
  // Now and then back to what it was: a revision that is known.
  const version = chance.chance(0.3) ? Math.max(1, step - 1) : step + 1
  return { verb: 'update', name: 'updating', version }
})
