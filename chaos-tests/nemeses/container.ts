/**
 * A container ends by itself: its program fails, or it takes more memory than it may (F38).
 *
 * @module
 */
import { nemesis } from '../fault.ts'

export const container = nemesis<{ readonly which: number; readonly how: 'crash' | 'oom' }>({
  kind: 'container',
  lastsMs: [1_000, 1_000],
  draw: ({ chance }) => ({ which: chance.unit(), how: chance.pick(['crash', 'oom']) }),
  async begin({ cluster, ended }, { which, how }) {
    // Each once: after the second time it waits for its back-off, as it should, longer than anybody here does.
    // And not while its agent is stopped for an update: then all are looked after that they run on.
    const runs = (await cluster.runs()).filter(
      ({ uid, machine }) => !ended.has(uid) && cluster.stateOf(machine) !== 'stopped',
    )
    const run = runs[Math.floor(which * runs.length)]
    if (run === undefined) return
    ended.add(run.uid)
    cluster.more?.killContainer(run.machine, run.uid, how)
  },
  async end() {},
})
