/**
 * All checkers there are, in the order in which they look at a run's end. A new one is a file and a line here.
 *
 * @module
 */
import type { Checker } from '../checker.ts'
import { autonomy } from './autonomy.ts'
import { backOff } from './back-off.ts'
import { barePods } from './bare-pods.ts'
import { budget } from './budget.ts'
import { capacity } from './capacity.ts'
import { ceiling } from './ceiling.ts'
import { containment } from './containment.ts'
import { convergence, determinism } from './convergence.ts'
import { deletes } from './deletes.ts'
import { floor } from './floor.ts'
import { grown } from './grown.ts'
import { holds } from './holds.ts'
import { maintenance } from './maintenance.ts'
import { memory } from './memory.ts'
import { monotonic } from './monotonic.ts'
import { ownRecords } from './own-records.ts'
import { presence } from './presence.ts'
import { realisation } from './realisation.ts'
import { refusals } from './refusals.ts'
import { rollback } from './rollback.ts'
import { rolling } from './rolling.ts'
import { runsOn } from './runs-on.ts'
import { served } from './served.ts'
import { tenure } from './tenure.ts'
import { writes } from './writes.ts'

export const CHECKERS: readonly Checker[] = [
  convergence,
  presence,
  determinism,
  deletes,
  writes,
  maintenance,
  realisation,
  rollback,
  barePods,
  grown,
  rolling,
  ownRecords,
  ceiling,
  floor,
  containment,
  monotonic,
  memory,
  tenure,
  holds,
  backOff,
  served,
  runsOn,
  budget,
  refusals,
  capacity,
  // The last one, since it leaves one machine alone.
  autonomy,
]
