/**
 * All workloads there are. A new one is a file and a line here.
 *
 * @module
 */
import type { Operation } from '../history.ts'
import type { AnyWorkload } from '../workload.ts'
import { again } from './again.ts'
import { bare } from './bare.ts'
import { burst } from './burst.ts'
import { churn } from './churn.ts'
import { counting } from './counting.ts'
import { departing } from './departing.ts'
import { deployments } from './deployments.ts'
import { draining } from './draining.ts'
import { failing } from './failing.ts'
import { growing } from './growing.ts'
import { heavy } from './heavy.ts'
import { members } from './members.ts'
import { replaced } from './replaced.ts'
import { retrying } from './retrying.ts'
import { mending } from './mending.ts'
import { rivals } from './rivals.ts'
import { scaling, updating } from './rolling.ts'
import { steady } from './steady.ts'
import { pressed, traffic } from './traffic.ts'

export const WORKLOADS: readonly AnyWorkload[] = [
  deployments,
  churn,
  scaling,
  updating,
  again,
  retrying,
  traffic,
  pressed,
  members,
  rivals,
  burst,
  heavy,
  steady,
  replaced,
  failing,
  counting,
  draining,
  mending,
  bare,
  growing,
  departing,
]

export function workloadOf(operation: Operation): AnyWorkload {
  const found = WORKLOADS.find(({ name }) => name === operation.workload)
  if (found === undefined)
    throw new Error(`there is no workload "${operation.workload}": is the plan of another version?`)
  return found
}
