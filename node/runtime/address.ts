/**
 * The one thing of a launch that its maker cannot know: which address the pod will have. A mark stands for it, and the runtime
 * puts the address in its place once it has made the pod's network.
 *
 * @module
 */
import type { ContainerLaunch, PodLaunch } from './runtime.ts'

/** Stands for the pod's address in variables, command and arguments. No manifest means these control characters. */
export const ADDRESS_MARK = '\u0001pod-address\u0001'

/** Whether the address must be known before the containers are made. */
export function wantsAddress({ containers }: PodLaunch): boolean {
  return containers.some((container) => stringsOf(container).some((text) => text.includes(ADDRESS_MARK)))
}

function stringsOf({ command = [], args = [], env }: ContainerLaunch): readonly string[] {
  return [...command, ...args, ...Object.values(env)]
}

export function withAddress(container: ContainerLaunch, address: string): ContainerLaunch {
  const filled = (text: string): string => text.replaceAll(ADDRESS_MARK, address)
  const { command, args, env } = container
  return {
    ...container,
    ...(command === undefined ? {} : { command: command.map(filled) }),
    ...(args === undefined ? {} : { args: args.map(filled) }),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
  }
}
