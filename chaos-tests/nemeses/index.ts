/**
 * All nemeses there are. A new one is a file and a line here.
 *
 * @module
 */
import type { AnyNemesis, Fault } from '../fault.ts'
import { backup } from './backup.ts'
import { brownOut } from './brown-out.ts'
import { clock } from './clock.ts'
import { clog } from './clog.ts'
import { container } from './container.ts'
import { crash } from './crash.ts'
import { disk } from './disk.ts'
import { engine } from './engine.ts'
import { flap } from './flap.ts'
import { forgery } from './forgery.ts'
import { freeze } from './freeze.ts'
import { lag } from './lag.ts'
import { links } from './links.ts'
import { loss } from './loss.ts'
import { narrow } from './narrow.ts'
import { noise } from './noise.ts'
import { oneWay } from './one-way.ts'
import { outage } from './outage.ts'
import { pause } from './pause.ts'
import { power } from './power.ts'
import { reboot } from './reboot.ts'
import { resets } from './resets.ts'
import { restart } from './restart.ts'
import { rot } from './rot.ts'
import { split } from './split.ts'
import { starve } from './starve.ts'
import { strobe } from './strobe.ts'
import { swizzle } from './swizzle.ts'
import { torn } from './torn.ts'
import { undead } from './undead.ts'
import { wipe } from './wipe.ts'

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
  wipe,
  backup,
  outage,
  reboot,
  flap,
  links,
  lag,
  narrow,
  resets,
  restart,
  noise,
  swizzle,
  strobe,
  freeze,
  undead,
  starve,
]

export function nemesisOf({ kind }: Fault): AnyNemesis {
  const found = NEMESES.find((one) => one.kind === kind)
  if (found === undefined) throw new Error(`there is no nemesis "${kind}": is the plan of another version?`)
  return found
}
