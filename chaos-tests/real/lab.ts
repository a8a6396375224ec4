/**
 * Several machines on one: a network namespace each, joined by a virtual cable to a switch in a namespace of its own. Cables
 * can be pulled and pairs of machines cut from one another, without a reset reaching anybody, as on a real network.
 *
 * Needs root and iproute2; nft for cuts between pairs. The machine's own network is not touched. Names carry the pid of who
 * made them, so that labs of several test runs do not meet, and `stop` removes all of it. Where whoever made it dies before,
 * `warden.ts` does.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { BadCables, type BadWay } from './bad-cables.ts'
import { agentGroup } from './machine-groups.ts'
import { Warden } from './warden.ts'

export interface LabMachine {
  /** Name of its network namespace: `nsenter --net=/run/netns/<name>`. */
  readonly namespace: string
  readonly address: string
  /** Of its cable's end, as frames have it. */
  readonly mac: string
  /** The other end, at the switch. */
  readonly port: string
  /** Name of the control group above those of its containers. */
  readonly group: string
}

const MACHINES_MAX = 200
/** Of this process. */
let labs = 0

export class Lab {
  readonly machines: LabMachine[] = []
  readonly #id: string
  readonly #switch: string
  readonly #warden: Warden
  readonly #badCables: BadCables
  #hasCuts = false

  constructor() {
    assertMayRun()
    labs += 1
    this.#id = `${process.pid.toString(36)}-${labs}`
    this.#switch = `shsw${this.#id}`
    this.#warden = new Warden()
    this.#warden.watch({ namespace: this.#switch })
    this.#badCables = new BadCables(this.#switch)
    run('ip', 'netns', 'add', this.#switch)
    this.#inSwitch('ip', 'link', 'add', 'br0', 'type', 'bridge')
    this.#inSwitch('ip', 'link', 'set', 'br0', 'up')
  }

  /** One more machine, with address 10.87.0.n. */
  add(): LabMachine {
    const number = this.machines.length + 1
    if (number > MACHINES_MAX) throw new Error(`a lab has at most ${MACHINES_MAX} machines`)
    const name = `shm${number}-${this.#id}`
    const mac = `02:57:00:00:00:${number.toString(16).padStart(2, '0')}`
    const machine = { namespace: name, group: name, address: `10.87.0.${number}`, mac, port: `p${number}` }
    const { namespace, address, port } = machine
    this.#warden.watch({ namespace, group: name })
    this.#warden.watch({ group: agentGroup(machine) })
    run('ip', 'netns', 'add', namespace)
    const [near, far] = [
      ['eth0', 'netns', namespace, 'address', mac],
      [port, 'netns', this.#switch],
    ] as const
    run('ip', 'link', 'add', ...near, 'type', 'veth', 'peer', 'name', ...far)
    this.#inSwitch('ip', 'link', 'set', port, 'master', 'br0', 'up')
    for (const words of [
      ['ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0'],
      ['ip', 'link', 'set', 'eth0', 'up'],
      ['ip', 'link', 'set', 'lo', 'up'],
    ]) {
      inNamespace(namespace, ...words)
    }
    this.machines.push(machine)
    return machine
  }

  /** Whatever of this directory's is left when the test process dies, is ended and removed: agents, engines, files. */
  keeps(directory: string): void {
    this.#warden.watch({ directory })
  }

  /** Once all has ended, what the fake clock of this process shares is removed as well: it may have ended before. */
  keepsClockOf(pid: number): void {
    this.#warden.watch({ clockOf: pid })
  }

  /** Pulls the cable: nobody is told, packets are gone. */
  unplug({ port }: LabMachine): void {
    this.#inSwitch('ip', 'link', 'set', port, 'down')
  }

  plug({ port }: LabMachine): void {
    this.#inSwitch('ip', 'link', 'set', port, 'up')
  }

  /** All that runs in its network, which containers on a bridge do not: agent, engine, pods that are processes. */
  processesOf({ namespace }: LabMachine): number[] {
    const list = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
    return list
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
  }

  /** Drops everything between machines of different groups. Replaces earlier cuts. */
  split(groups: readonly (readonly LabMachine[])[]): void {
    this.cut(
      groups.flatMap((one) =>
        groups
          .filter((other) => other !== one)
          .flatMap((other) => one.flatMap((from) => other.map((to) => ({ from, to })))),
      ),
    )
  }

  /** Drops everything that goes from one to another of these, and that share of all the rest. Replaces earlier cuts. */
  cut(ways: readonly { readonly from: LabMachine; readonly to: LabMachine }[], loss = 0): void {
    this.heal()
    if (ways.length === 0 && loss === 0) return
    const pairs = ways.flatMap(({ from, to }) =>
      portsOf(from).flatMap((one) => portsOf(to).map((other) => `"${one}" . "${other}"`)),
    )
    this.#hasCuts = true
    const rules = [
      'table bridge lab {',
      '  set cuts {',
      '    type ifname . ifname',
      ...(pairs.length > 0 ? [`    elements = { ${pairs.join(', ')} }`] : []),
      '  }',
      '  chain between {',
      '    type filter hook forward priority 0; policy accept;',
      '    iifname . oifname @cuts drop',
      ...(loss > 0 ? [`    numgen random mod 1000 < ${Math.round(loss * 1_000)} drop`] : []),
      '  }',
      '}',
    ].join('\n')
    execFileSync('nsenter', [`--net=/run/netns/${this.#switch}`, 'nft', '-f', '-'], {
      input: `${rules}\n`,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
  }

  /** Every connection between these is reset, at both ends, as if something between them had forgotten it. */
  reset(ways: readonly { readonly from: LabMachine; readonly to: LabMachine }[]): void {
    for (const { from, to } of ways) inNamespace(from.namespace, 'ss', '--tcp', '--kill', 'dst', to.address)
  }

  /** Its line carries so many bytes a second, both ways; undefined: as many as may be. */
  narrow({ namespace, port }: LabMachine, bytesPerSecond: number | undefined): void {
    for (const [place, device] of [
      [this.#switch, port],
      [namespace, 'eth0'],
    ] as const) {
      const line = ['dev', device, 'root']
      if (bytesPerSecond === undefined) inNamespace(place, 'tc', 'qdisc', 'delete', ...line)
      else {
        const rate = ['rate', `${Math.round(bytesPerSecond * 8)}bit`, 'burst', '4kb', 'latency', '1s']
        inNamespace(place, 'tc', 'qdisc', 'replace', ...line, 'tbf', ...rate)
      }
    }
  }

  /**
   * What goes these ways is late, out of order, doubled or damaged; by the machine of which the cable does it. Replaces what was
   * so before. Resolves when it is so; rejects where it cannot be done.
   */
  spoil(ways: ReadonlyMap<LabMachine, readonly BadWay[]>): Promise<void> {
    return this.#badCables.change([...ways].map(([{ port }, own]) => ({ port, ways: own })))
  }

  heal(): void {
    if (this.#hasCuts) this.#inSwitch('nft', 'delete', 'table', 'bridge', 'lab')
    this.#hasCuts = false
  }

  /** Removes all namespaces. Processes in them are the caller's to end first. */
  stop(): void {
    this.#badCables.stop()
    for (const name of [...this.machines.map(({ namespace }) => namespace), this.#switch]) {
      try {
        run('ip', 'netns', 'del', name)
      } catch {
        // gone already
      }
    }
    this.machines.length = 0
    this.#warden.dismiss()
  }

  #inSwitch(...words: string[]): void {
    inNamespace(this.#switch, ...words)
  }
}

/** Its port of the switch, and the one in its place while its cable is a bad one. */
function portsOf({ port }: LabMachine): string[] {
  return [port, port.replace('p', 'q')]
}

/** Undefined: one can be made. */
export function whyNoLab(): string | undefined {
  if (process.getuid?.() !== 0)
    return 'the lab makes network namespaces, which needs root: run as root, or run the tests that need no lab'
  try {
    run('ip', '-V')
    return undefined
  } catch {
    return 'the lab needs iproute2: apt-get install iproute2'
  }
}

function assertMayRun(): void {
  const why = whyNoLab()
  if (why !== undefined) throw new Error(why)
}

function inNamespace(namespace: string, ...words: string[]): void {
  run('nsenter', `--net=/run/netns/${namespace}`, ...words)
}

function run(program: string, ...words: string[]): void {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
}
