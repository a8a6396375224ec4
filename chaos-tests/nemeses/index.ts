/**
 * All nemeses there are. A new one is a file and a line here.
 *
 * @module
 */
import type { AnyNemesis, Fault } from '../fault.ts'
import { brownOut } from './brown-out.ts'
import { clock } from './clock.ts'
import { clog } from './clog.ts'
import { container } from './container.ts'
import { crash } from './crash.ts'
import { disk } from './disk.ts'
import { engine } from './engine.ts'
import { forgery } from './forgery.ts'
import { loss } from './loss.ts'
import { oneWay } from './one-way.ts'
import { pause } from './pause.ts'
import { power } from './power.ts'
import { rot } from './rot.ts'
import { split } from './split.ts'
import { torn } from './torn.ts'

export const NEMESES: readonly AnyNemesis[] = [
  crash,
  power,
  pause,
  split,
  oneWay,
  loss,
  torn,
  brownOut,
  forgery,
  disk,
  engine,
  clock,
  clog,
  container,
  rot,
]

export function nemesisOf({ kind }: Fault): AnyNemesis {
  const found = NEMESES.find((one) => one.kind === kind)
  if (found === undefined) throw new Error(`there is no nemesis "${kind}": is the plan of another version?`)
  return found
}
