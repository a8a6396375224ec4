/**
 * The agent stands still, as under SIGSTOP or on a machine that starves (F24).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const pause = nemesis<{ readonly machine: string }>({
  kind: 'pause',
  lastsMs: [500, 20_000],
  draw: ({ chance, machines }) => ({ machine: chance.pick(machines) }),
  begin: ({ cluster }, { machine }) => cluster.pause(machine),
  end: ({ cluster }, { machine }) => cluster.resume(machine),
})
