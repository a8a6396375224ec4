/**
 * As whom a process runs, and that it gains no rights: by setpriv(1), which stands before its program. Another user or group is
 * for an agent that is root.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { isExecutable } from './is-executable.ts'
import type { Command } from './process-command.ts'
import { RuntimeError, type ContainerLaunch } from './runtime.ts'

const SETPRIV = '/usr/bin/setpriv'
/** Of users that this machine does not know: nobody's. */
const GROUP_OF_STRANGERS = 65_534

/** [PROC41] The user and group that a container's files are to be of; undefined: the agent's. */
export function ownerOf({
  security = {},
}: ContainerLaunch): { readonly user: number; readonly group: number } | undefined {
  const { user, group } = security
  if (user === undefined && group === undefined) return undefined
  const own = process.getuid?.() ?? 0
  return { user: user ?? own, group: group ?? groupOf(user ?? own) }
}

/** [PROC41] What cannot be given here, before anything is made. */
export function assertUser(container: ContainerLaunch): void {
  const { name, security = {} } = container
  const own = process.getuid?.() ?? 0
  const user = security.user ?? own
  if (security.nonRoot === true && user === 0) {
    refuse(name, 'has runAsNonRoot, and processes of this node run as root; set runAsUser to another number than 0')
  }
  const wantsOther = user !== own || security.group !== undefined || (security.groups ?? []).length > 0
  if (wantsOther && own !== 0)
    refuse(name, 'asks for a user or group, which only a node that runs as root can give to processes')
  if ((wantsOther || security.escalation === false) && !isExecutable(SETPRIV))
    refuse(name, `asks for a user or for no new privileges, which takes ${SETPRIV} (of util-linux)`)
}

export function asOwner(container: ContainerLaunch, { program, args }: Command): Command {
  const { security = {} } = container
  const { groups = [], escalation } = security
  const owner = ownerOf(container)
  const options = [
    ...(owner === undefined ? [] : [`--reuid=${owner.user}`, `--regid=${owner.group}`]),
    ...(groups.length > 0 ? [`--groups=${groups.join(',')}`] : owner === undefined ? [] : ['--clear-groups']),
    ...(escalation === false ? ['--no-new-privs'] : []),
  ]
  return options.length === 0 ? { program, args } : { program: SETPRIV, args: [...options, '--', program, ...args] }
}

/** The fourth field of the user's line. */
function groupOf(user: number): number {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.split(':')[2] === String(user))
  return Number(line?.split(':')[3] ?? GROUP_OF_STRANGERS)
}

function refuse(name: string, why: string): never {
  throw new RuntimeError('not-supported', `container ${name} ${why}`)
}
