/**
 * What the kernel does to a whole group of processes of one machine: an agent gets a share of a core and no more, containers stand
 * still. Control groups of the first version have a tree for each controller, those of the second one tree for all.
 *
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabMachine } from './lab.ts'

const CONTROL_GROUPS = '/sys/fs/cgroup'
const HAS_ONE_TREE = existsSync(join(CONTROL_GROUPS, 'cgroup.controllers'))
/** The kernel's own: so often a group gets its share anew. */
const PERIOD_US = 100_000

/** Of the agent, and of what it starts meanwhile. Made when it first starves; beside the containers', where the engine counts. */
export function agentGroup({ group }: Pick<LabMachine, 'group'>): string {
  return `${group}-agent`
}

/** Of one core; undefined: as much as it wants. */
export function limitCpu(group: string, pid: number, share: number | undefined): void {
  const directory = join(CONTROL_GROUPS, HAS_ONE_TREE ? '' : 'cpu', group)
  if (!existsSync(directory)) {
    if (share === undefined) return
    if (HAS_ONE_TREE) writeFileSync(join(CONTROL_GROUPS, 'cgroup.subtree_control'), '+cpu')
    mkdirSync(directory)
  }
  const quotaUs = share === undefined ? undefined : Math.round(PERIOD_US * share)
  if (HAS_ONE_TREE) writeFileSync(join(directory, 'cpu.max'), `${quotaUs ?? 'max'} ${PERIOD_US}`)
  else {
    writeFileSync(join(directory, 'cpu.cfs_period_us'), String(PERIOD_US))
    writeFileSync(join(directory, 'cpu.cfs_quota_us'), String(quotaUs ?? -1))
  }
  writeFileSync(join(directory, 'cgroup.procs'), String(pid))
}

/** All containers below it stand still, or go on. There is none where the engine has started none yet. */
export function freezeGroup(group: string, isStill: boolean): void {
  const [controller, file, state] = HAS_ONE_TREE
    ? ['', 'cgroup.freeze', isStill ? '1' : '0']
    : ['freezer', 'freezer.state', isStill ? 'FROZEN' : 'THAWED']
  const switchFile = join(CONTROL_GROUPS, controller, group, file)
  if (existsSync(switchFile)) writeFileSync(switchFile, state)
}
