/**
 * The machines on which benchmarks set Shoal beside others: each with a cable and a Docker engine of its own, and what runs on
 * them, as the kernel tells.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine, type TestEngine } from '../chaos-tests/real/engine.ts'
import { makeBusyboxImage, makeNginxImage } from '../chaos-tests/real/images.ts'
import { Lab, type LabMachine } from '../chaos-tests/real/lab.ts'
import { waitFor } from '../chaos-tests/real/process-cluster.ts'
import { containersIn, killQuietly } from '../chaos-tests/real/remains.ts'

/** On a machine that has no registry: who asks for it is refused at once, and not after 50 s of looking for names. */
const REGISTRY = '127.0.0.1:1'
export const SLEEP_IMAGE = `${REGISTRY}/sleep:1`
export const WEB_IMAGES = [`${REGISTRY}/web:1`, `${REGISTRY}/web:2`] as const
const WAIT_MS = 180_000

export class Machines {
  readonly lab = new Lab()
  readonly directory = mkdtempSync(join(tmpdir(), 'shoal-swarm-'))
  readonly places: LabMachine[] = []
  readonly engines: TestEngine[] = []

  constructor() {
    this.lab.keeps(this.directory)
  }

  /** Its engine, with all images. */
  async addEngine(machine: LabMachine): Promise<TestEngine> {
    const dir = join(this.directory, machine.port)
    const engine = await startEngine({ dir, machine, liveRestore: false })
    this.places.push(machine)
    this.engines.push(engine)
    await makeBusyboxImage(engine.socket, [SLEEP_IMAGE])
    await makeNginxImage(engine.socket, WEB_IMAGES)
    return engine
  }

  /** Ids of the containers that run on these machines, by number. Default: on all. */
  running(on: readonly number[] = [...this.engines.keys()]): string[] {
    return on.flatMap((index) => containersIn(this.engines[index]!.group).map(({ id }) => id))
  }

  /** Seconds until it holds of what runs. */
  async until(what: string, holds: (running: readonly string[]) => boolean, on?: readonly number[]): Promise<number> {
    return (await waitFor(what, WAIT_MS, () => holds(this.running(on)))) / 1_000
  }

  others(index: number): number[] {
    return [...this.engines.keys()].filter((other) => other !== index)
  }

  /** Its cable is pulled: nobody is told. */
  unplug(index: number): void {
    this.lab.unplug(this.places[index]!)
  }

  plug(index: number): void {
    this.lab.plug(this.places[index]!)
  }

  /** One container there dies, as by a bug of its own. */
  killOne(index: number): void {
    const [first] = containersIn(this.engines[index]!.group)
    for (const pid of first?.pids ?? []) killQuietly(pid)
  }

  /** Resident, in the mean over the engines: dockerd and what these other processes take. */
  residentMb(agents: readonly number[]): number {
    const all = [...this.engines.map(({ pid }) => pid), ...agents].map(residentMb)
    return all.reduce((sum, mb) => sum + mb, 0) / this.engines.length
  }

  async stop(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.stop()))
    this.lab.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024
}
