/**
 * The runtimes of this machine, best first. Both are always made: an engine may be started later, and a runtime that does not
 * answer says so, with every place it looked, when it is checked.
 *
 * @module
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { discover } from './docker-discovery.ts'
import { DockerRuntime } from './docker.ts'
import { ProcessRuntime } from './process.ts'
import { RuntimeError, type Runtime, type RuntimeName } from './runtime.ts'

export interface SelectOptions {
  /** This node's id. */
  readonly node: string
  /** It owns what carries it (`homeId`). */
  readonly home: string
  readonly cluster: string
  /** The node's data directory; processes keep their state in `processes/` of it. */
  readonly directory: string
  /** `--docker-host`. */
  readonly dockerHost?: string
  /** Directories of this machine that pods may be given. */
  readonly hostPaths?: readonly string[]
  readonly note?: (sentence: string) => void
}

export function makeRuntimes({
  node,
  home,
  cluster,
  directory,
  dockerHost,
  hostPaths = [],
  note,
}: SelectOptions): Runtime[] {
  const place = {
    env: process.env,
    home: homedir(),
    userId: process.getuid?.() ?? 0,
    ...(dockerHost && { dockerHost }),
  }
  return [
    new DockerRuntime({
      node,
      home,
      cluster,
      discover: () => discover(place),
      directory: join(directory, 'volumes'),
      messages: join(directory, 'messages'),
      seccompProfiles: join(directory, 'seccomp'),
      hostPaths,
    }),
    new ProcessRuntime({ directory: join(directory, 'processes'), hostPaths, ...(note && { note }) }),
  ]
}

export interface Answer {
  /** Names of those that answer, in the order given. */
  readonly runtimes: readonly RuntimeName[]
  /** Why the others do not, in words. */
  readonly trouble: Readonly<Partial<Record<RuntimeName, string>>>
}

/** [SEL1] Asks every runtime. */
export async function checkRuntimes(runtimes: readonly Runtime[]): Promise<Answer> {
  const answers = await Promise.all(
    runtimes.map(async (runtime) => ({ name: runtime.name, why: await troubleOf(runtime) })),
  )
  const trouble = answers.flatMap(({ name, why }) => (why === undefined ? [] : [[name, why] as const]))
  return {
    runtimes: answers.filter(({ why }) => why === undefined).map(({ name }) => name),
    trouble: Object.fromEntries(trouble),
  }
}

async function troubleOf(runtime: Pick<Runtime, 'check'>): Promise<string | undefined> {
  try {
    await runtime.check()
    return undefined
  } catch (error) {
    if (error instanceof RuntimeError) return error.message
    throw error
  }
}
