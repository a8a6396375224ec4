/**
 * What containers take: from the kernel's own files where the engine shares this machine with us, from the engine where not
 * (a virtual machine, another host, cgroups of the first version).
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerInfo, ContainerStats } from 'dockerode'
import { INFRA, LABEL } from './docker-container.ts'
import { isLocal, QUESTION_MS_MAX, unless, type Engine } from './docker-engine.ts'
import type { ContainerUsage } from './runtime.ts'

/** Where cgroups are mounted. */
export const CGROUPS = '/sys/fs/cgroup'

/** Asked in flight; an engine takes some ms for each. */
const ASKED_AT_ONCE = 8

type Taken = Pick<ContainerUsage, 'cpuMs' | 'memoryBytes'>

/** [DOCK60] One call lists what runs; then two files a container, or one call. */
export async function usageOf(engine: Engine, home: string, cgroups: string): Promise<readonly ContainerUsage[]> {
  const filters = { label: [`${LABEL.home}=${home}`], status: ['running'] }
  const running = await engine.call('list what runs', QUESTION_MS_MAX, (docker) => docker.listContainers({ filters }))
  const left = running.filter(({ Labels }) => Labels[LABEL.container] !== INFRA)
  const found: ContainerUsage[] = []
  const ask = async (): Promise<void> => {
    for (let info = left.pop(); info !== undefined; info = left.pop()) {
      const taken = (isLocal(engine) ? await byFiles(cgroups, info.Id) : undefined) ?? (await byEngine(engine, info))
      if (taken !== undefined) found.push({ ...whose(info), ...taken })
    }
  }
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask))
  return found
}

const whose = ({ Id, Labels }: ContainerInfo): Pick<ContainerUsage, 'uid' | 'container' | 'id'> => ({
  uid: Labels[LABEL.podUid] ?? '',
  container: Labels[LABEL.container] ?? '',
  id: Id,
})

/** Docker under systemd, without it, podman. */
const places = (id: string): readonly string[] => [
  `system.slice/docker-${id}.scope`,
  `docker/${id}`,
  `machine.slice/libpod-${id}.scope`,
]

async function byFiles(cgroups: string, id: string): Promise<Taken | undefined> {
  for (const place of places(id)) {
    const taken = await read(join(cgroups, place)).catch(() => undefined)
    if (taken !== undefined) return taken
  }
  return undefined
}

async function read(directory: string): Promise<Taken | undefined> {
  const [cpu, current, memory] = await Promise.all(
    ['cpu.stat', 'memory.current', 'memory.stat'].map((file) => readFile(join(directory, file), 'utf8')),
  )
  const usedUs = /^usage_usec (\d+)$/m.exec(cpu ?? '')?.[1]
  const inactive = /^inactive_file (\d+)$/m.exec(memory ?? '')?.[1]
  if (usedUs === undefined || inactive === undefined) return undefined
  return { cpuMs: Number(usedUs) / 1_000, memoryBytes: Math.max(0, Number(current) - Number(inactive)) }
}

/** Without the second look that an engine takes a second later. One that has ended meanwhile takes nothing. */
async function byEngine(engine: Engine, { Id }: ContainerInfo): Promise<Taken | undefined> {
  const options = { stream: false, 'one-shot': true } as const
  const stats = await engine.call('ask what a container takes', QUESTION_MS_MAX, async (docker) =>
    docker.getContainer(Id).stats(options).catch(unless(404, 409)),
  )
  return stats ? takenOf(stats) : undefined
}

function takenOf({ cpu_stats: cpu, memory_stats: memory }: Partial<ContainerStats>): Taken | undefined {
  const usedNs = cpu?.cpu_usage?.total_usage
  const bytes = memory?.usage
  if (usedNs === undefined || bytes === undefined) return undefined
  // By the first version of cgroups the sum over all below has a name of its own.
  const { inactive_file: inactive, total_inactive_file: total } = (memory?.stats ?? {}) as unknown as Record<
    string,
    number
  >
  return { cpuMs: usedNs / 1e6, memoryBytes: Math.max(0, bytes - (total ?? inactive ?? 0)) }
}
