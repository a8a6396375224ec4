/**
 * A cluster that can be broken: the port. The simulator is one implementation, real processes are the other, so that
 * workloads, nemeses, checkers and scenarios are written once.
 *
 * Names are the machines'. Time is the cluster's: ms since it was started; in the simulator it jumps.
 *
 * @module
 */

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

export interface Asking {
  readonly body?: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Then it rejects. Default: 30 s. */
  readonly timeoutMs?: number
}

/** A pod of which at least one container runs, as the machine says and not Shoal. */
export interface Run {
  readonly machine: string
  readonly uid: string
  /** The pod's name, which begins with its workload's. */
  readonly pod: string
  /** Which start of it this is: another one after its containers ended and were started again. */
  readonly start: string
}

/** What one node holds. */
export interface Holding {
  /** Equal on two nodes exactly where all of it is. */
  readonly root: string
  readonly heads: Readonly<Record<string, string>>
}

/** How a machine is. `agent-down`: its node was killed, `stopped`: it was told to end; its containers run on in both. */
export type MachineState = 'up' | 'paused' | 'stopped' | 'agent-down' | 'off'

/** Whether its node is gone, and its containers are not. */
export function isAgentGone(state: MachineState): boolean {
  return state === 'agent-down' || state === 'stopped'
}

/** Something that nobody asked for, as a machine's service manager or its node's log tells it. */
export interface Trouble {
  readonly machine: string
  readonly atMs: number
  /** `ended`: the node gave up by itself. `overflow`: a mailbox was full, and a message was dropped. */
  readonly what: 'ended' | 'overflow'
  readonly says: string
}

export interface Cluster {
  /** Those that are members, or were. */
  readonly machines: readonly string[]
  nowMs(): number
  runFor(ms: number): Promise<void>
  /** Looks again and again; resolves with how long it took. Rejects with `Stuck`. */
  waitUntil(what: string, withinMs: number, holds: () => Promise<boolean> | boolean): Promise<number>

  stateOf(machine: string): MachineState
  /** `kill -9` of the agent alone. */
  killAgent(machine: string): Promise<void>
  /** SIGTERM to the agent alone, as its service manager does before an update. Rejects where it does not end soon. */
  stopAgent(machine: string): Promise<void>
  /** The power is cut: agent and containers, without a word. */
  cutPower(machine: string): Promise<void>
  /** The agent, and the machine before it where it is off. Resolves when the API answers. */
  restart(machine: string): Promise<void>
  /** What its node is called by others: as the machine, unless it joined anew under another name. */
  nodeOf(machine: string): string
  /** How often its node was started, by whomever: what it keeps in memory is no older than its latest start. */
  startsOf(machine: string): number
  /** One more machine, joined through that one. Resolves with its name when its API answers; rejects where it does not join. */
  addMachine(via: string): Promise<string>
  /** SIGSTOP and SIGCONT. */
  pause(machine: string): Promise<void>
  resume(machine: string): Promise<void>

  /** By the fault's name, so that it can be taken back: nothing passes between machines of different groups. */
  split(fault: string, groups: readonly (readonly string[])[]): Promise<void>
  /** Nothing passes from these to those. */
  cutOneWay(fault: string, from: readonly string[], to: readonly string[]): Promise<void>
  /** Nothing passes these ways. */
  cutWays(fault: string, ways: readonly OneWay[]): Promise<void>
  mendNetwork(fault: string): Promise<void>
  /** Whether what one says reaches the other, directly, whole and within a second or so, by the faults there are. */
  reaches(from: string, to: string): boolean
  /** By how much what one says reaches the other later than in fair weather, ms, by the faults there are. */
  lateMs(from: string, to: string): number
  /** Whether a connection of theirs may end at any moment, by the faults there are. */
  isNoisy(from: string, to: string): boolean
  /** Whether nothing at all passes directly, by the faults there are. Neither holds where it is merely bad. */
  isCut(from: string, to: string): boolean

  /** Whether its disk and its engine do what they should, by the faults there are. */
  isSound(machine: string): boolean
  /** Whether its agent has to do with a small share of the processor, by the faults there are. */
  isStarved(machine: string): boolean

  /** Asks the node's API. Rejects where it does not answer. */
  request(machine: string, method: string, path: string, asking?: Asking): Promise<Answer>
  holding(machine: string): Promise<Holding>
  runs(): Promise<readonly Run[]>
  /** One HTTP request by a client on that machine to a port of it. Resolves with the body; rejects in any other case. */
  visit(machine: string, port: number, timeoutMs: number): Promise<string>
  /** Frames and gossip messages that nodes sent to one another since the cluster began. */
  frames(): number
  /** In the order they came. */
  troubles(): readonly Trouble[]
  /** Machines whose disk has lost what was synced: it was replaced, or damaged. */
  readonly damagedDisks: ReadonlySet<string>

  /** What only some clusters can do to a machine or its network. */
  readonly more?: Tampering
}

/** What was waited for did not come. */
export class Stuck extends Error {
  constructor(what: string, withinMs: number) {
    super(`waited ${withinMs} ms for ${what}`)
    this.name = 'Stuck'
  }
}

/** What one machine says to another. */
export interface OneWay {
  readonly from: string
  readonly to: string
}

export interface Weather {
  readonly latencyMs: number
  readonly jitterMs: number
  /** Share of packets that have to be sent again. */
  readonly loss: number
  /** Share of gossip messages that get lost, come twice, or come out of order; on real cables frames do the latter two. */
  readonly gossipLoss: number
  readonly gossipTwice: number
  readonly gossipLate: number
  readonly bytesPerSecond: number
}

/** Where more packets are lost than this, TCP falls silent for longer than beats may be missing. */
export const LOSS_MAX = 0.2
/** What is later than this may be taken for silence. */
export const LATE_MS_MAX = 500

export interface DiskTrouble {
  /** On top of every operation. */
  readonly slowMs?: number
  /** Share of syncs that fail. */
  readonly syncFails?: number
  readonly isFull?: boolean
}

export interface EngineTrouble {
  /** Share of events that never come. */
  readonly eventsLost?: number
  readonly eventsLateMs?: number
  /** How many times slower everything is. */
  readonly slow?: number
  /** Nothing is answered. */
  readonly hangs?: boolean
  /** Everything is refused at once. */
  readonly isDown?: boolean
  /** Containers cannot be stopped or removed: their processes hang in the kernel. */
  readonly clings?: boolean
}

/** As its machine's engine tells. */
export interface ContainerStart {
  readonly machine: string
  readonly uid: string
  readonly atMs: number
}

/** What a forged record says its node's version is. */
export const FORGED = 'forged'

/** Each by the fault's name; `mend` takes it back. */
export interface Tampering {
  weather(fault: string, weather: Partial<Weather>): void
  /** Traffic to and from these machines takes that much longer. */
  clog(fault: string, machines: readonly string[], delayMs: number): void
  /** What goes these ways takes that much longer, and now and then longer still. */
  lag(fault: string, ways: readonly OneWay[], late: { readonly delayMs: number; readonly jitterMs: number }): void
  /** All that goes to such a machine, and all that comes from it, has to share so much. */
  narrow(fault: string, machines: readonly string[], bytesPerSecond: number): void
  /**
   * Of the frames that come from these machines or go to them, such a share has a bit flipped where no checksum of the way sees
   * it: plain connections carry it, those of nodes end.
   */
  noise(fault: string, machines: readonly string[], share: number): void
  /** The connections that go these ways are reset, and what is on the way is lost. */
  reset(ways: readonly OneWay[]): void
  disk(fault: string, machine: string, trouble: DiskTrouble): void
  engine(fault: string, machine: string, trouble: EngineTrouble): void
  /** Its agent gets that share of a core and no more, until it ends or the fault does. */
  starve(fault: string, machine: string, share: number): void
  /** All of a machine that is paused, as of a virtual one: its engine and its containers stand still as well. */
  freeze(fault: string, machine: string): void
  mend(fault: string): void
  /** Amid the machine's next append, or when its next snapshot is written: the power is cut. */
  cutPowerAt(fault: string, machine: string, at: 'append' | 'snapshot'): void
  /** This machine tells its neighbours a record in the name of that one. */
  forge(machine: string, victim: string): void
  jumpClock(machine: string, byMs: number): void
  /** A bit of its log flips on the disk. */
  flipBit(machine: string, file: string): void
  /** One of its containers ends by itself. */
  killContainer(machine: string, uid: string, how: 'crash' | 'oom'): void
  /**
   * Its disk is a new one, and empty. The machine is off; when it is started again somebody has it join, with a ticket of
   * whoever answers, under another name.
   */
  wipe(machine: string): void
  /** What its disk holds, to be put back. */
  saveDisk(fault: string, machine: string): void
  /** What was saved is put back: an old backup. The machine is off. */
  restoreDisk(fault: string, machine: string): void
  /** Containers that were started, in the order they were. */
  starts(): readonly ContainerStart[]
}

const NAMES = ['amber', 'basil', 'cedar', 'dune', 'ember', 'fern', 'grove', 'heath', 'iris', 'jade', 'kelp', 'lark']

/** The same in every cluster, so that a plan that is drawn for one fits the other. */
export function machineName(index: number): string {
  return NAMES[index] ?? `n${index}`
}

export function machineNames(machines: number): string[] {
  return Array.from({ length: machines }, (_, index) => machineName(index))
}

/** Whether a fault of the network lets nothing pass from one machine to another. */
export type Cut = (from: string, to: string) => boolean

export function betweenGroups(groups: readonly (readonly string[])[]): Cut {
  const groupOf = new Map(groups.flatMap((group, index) => group.map((machine) => [machine, index])))
  return (from, to) => groupOf.get(from) !== groupOf.get(to)
}

export function byWays(ways: readonly OneWay[]): Cut {
  const keys = new Set(ways.map(({ from, to }) => `${from}/${to}`))
  return (from, to) => keys.has(`${from}/${to}`)
}

export function fromTo(from: readonly string[], to: readonly string[]): Cut {
  const [senders, receivers] = [new Set(from), new Set(to)]
  return (one, other) => senders.has(one) && receivers.has(other)
}

interface Wait {
  readonly what: string
  readonly withinMs: number
  /** Between two looks. */
  readonly pollMs: number
  readonly holds: () => Promise<boolean> | boolean
}

/** `waitUntil` of a cluster, by its clock. */
export async function untilHolds(
  cluster: Pick<Cluster, 'nowMs' | 'runFor'>,
  { what, withinMs, pollMs, holds }: Wait,
): Promise<number> {
  const startMs = cluster.nowMs()
  for (;;) {
    if (await holds()) return cluster.nowMs() - startMs
    if (cluster.nowMs() - startMs > withinMs) throw new Stuck(what, withinMs)
    await cluster.runFor(pollMs)
  }
}

/** What a workload or a checker asks most, in short. */
export async function read<T>(cluster: Cluster, machine: string, path: string): Promise<T> {
  const { status, body } = await cluster.request(machine, 'GET', path)
  if (status !== 200) throw new Error(`${machine}: GET ${path} answered ${status}: ${JSON.stringify(body)}`)
  return body as T
}

/** Machines whose node runs. */
export function upIn(cluster: Cluster): readonly string[] {
  return cluster.machines.filter((machine) => cluster.stateOf(machine) === 'up')
}

/** Groups of machines, whose nodes run, that can talk to each other both ways, directly or through one another. */
export function componentsOf(cluster: Cluster): string[][] {
  const rest = new Set(upIn(cluster))
  const components: string[][] = []
  for (const first of rest) {
    const component = [first]
    rest.delete(first)
    for (const one of component) {
      for (const other of rest) {
        if (!cluster.reaches(one, other) || !cluster.reaches(other, one)) continue
        component.push(other)
        rest.delete(other)
      }
    }
    components.push(component)
  }
  return components
}
