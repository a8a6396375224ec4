/**
 * A Docker engine for each machine of a lab, with the images that workloads ask for, and what runs on it: as the kernel tells
 * and the engine has written down, so that it is known also while the engine hangs.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../cluster.ts'
import { imageOf, IMAGES } from '../workloads/deeds.ts'
import { startEngine, type TestEngine } from './engine.ts'
import { makeBusyboxImage } from './images.ts'
import type { LabMachine } from './lab.ts'
import { containersIn } from './remains.ts'

/** What the process runtime tells each pod of; in a container it is the same for all. */
const PLACE = { HOST: '0.0.0.0', PORT: '8080' }

export class LabEngines {
  readonly #directory: string
  readonly #engines = new Map<string, TestEngine>()

  /** `directory`: of all their files. */
  constructor(directory: string) {
    this.#directory = directory
  }

  async start(machine: LabMachine): Promise<TestEngine> {
    const engine = await startEngine({ dir: join(this.#directory, machine.port), machine })
    this.#engines.set(machine.namespace, engine)
    const names = Array.from({ length: IMAGES }, (_, index) => imageOf(index + 1))
    // As PID 1 a server is deaf to SIGTERM, and would take all the grace there is.
    await makeBusyboxImage(engine.socket, names, { environment: PLACE, stopSignal: 'SIGKILL' })
    return engine
  }

  of({ namespace }: LabMachine): TestEngine {
    const engine = this.#engines.get(namespace)
    if (engine === undefined) throw new Error(`there is no engine in ${namespace}`)
    return engine
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#engines.values()].map((engine) => engine.stop()))
    this.#engines.clear()
  }
}

/** A container that runs. */
export interface ContainerRun extends Omit<Run, 'machine'> {
  readonly pids: readonly number[]
}

/** Those of pods. Of a pod of several containers the one that holds its network is none of them. */
export function runsOf({ dir, group }: Pick<TestEngine, 'dir' | 'group'>): ContainerRun[] {
  return containersIn(group).flatMap(({ id, pids }) => {
    const labels = labelsOf(dir, id)
    const [uid, pod] = [labels['shoal.dev/pod-uid'], labels['io.kubernetes.pod.name']]
    if (uid === undefined || pod === undefined || labels['io.kubernetes.container.name'] === 'POD') return []
    return [{ uid, pod, start: id, pids }]
  })
}

/** As the engine keeps them; empty where it has just removed the container. */
function labelsOf(dir: string, id: string): Readonly<Record<string, string>> {
  try {
    const file = readFileSync(join(dir, 'data/containers', id, 'config.v2.json'), 'utf8')
    return (JSON.parse(file) as { Config: { Labels?: Record<string, string> } }).Config.Labels ?? {}
  } catch {
    return {}
  }
}
