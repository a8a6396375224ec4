/**
 * What a container asks to be done after its start and before its stop.
 *
 * @module
 */
import type { Runtime } from '../runtime/runtime.ts'
import type { World } from '../world/world.ts'
import { runCommand } from './command.ts'
import { probeTarget, type ProbeTarget } from './probe-rule.ts'
import { probe } from './prober.ts'
import { allContainers, type ContainerSpec, type Hook, type PodTemplate } from './template.ts'

export type HookTarget = ProbeTarget | { readonly kind: 'sleep'; readonly ms: number }

export interface HookWorld {
  readonly world: Pick<World, 'sockets' | 'timers'>
  readonly runtime: Pick<Runtime, 'exec'>
}

export interface HookOrder {
  readonly uid: string
  readonly container: string
  readonly podIP: string
  readonly timeoutMs: number
}

/** Undefined where there is none. */
export function hookOf(
  template: PodTemplate | undefined,
  name: string,
  kind: 'postStart' | 'preStop',
): HookTarget | undefined {
  const spec = allContainers(template).find((container) => container.name === name)
  const hook = spec?.lifecycle?.[kind]
  return spec === undefined || hook === undefined ? undefined : hookTarget(hook, spec)
}

function hookTarget(hook: Hook, spec: ContainerSpec): HookTarget | undefined {
  if (hook.sleep !== undefined) return { kind: 'sleep', ms: hook.sleep.seconds * 1_000 }
  return probeTarget(hook, spec)
}

/** Resolves with what went wrong, in words, or with nothing. Never rejects. */
export async function runHook(at: HookWorld, target: HookTarget, order: HookOrder): Promise<string | undefined> {
  const { world, runtime } = at
  const { uid, container, podIP, timeoutMs } = order
  if (target.kind === 'sleep') {
    const ms = Math.min(target.ms, timeoutMs)
    await new Promise<void>((resolve) => void world.timers.after(ms, resolve))
    return undefined
  }
  const run = (command: readonly string[], ms: number): ReturnType<typeof runCommand> =>
    runCommand({ runtime, timers: world.timers }, { uid, container, command, timeoutMs: ms })
  const answer = await probe(world, { target, podIP, timeoutMs, run })
  return answer.ok ? undefined : answer.reason
}
