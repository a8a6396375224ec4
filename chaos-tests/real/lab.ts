/**
 * Several machines on one: a network namespace each, joined by a virtual cable to a switch in a namespace of its own. Cables
 * can be pulled and pairs of machines cut from one another, without a reset reaching anybody, as on a real network.
 *
 * Needs root and iproute2; nft for cuts between pairs. The machine's own network is not touched. Names carry the pid of who
 * made them, so that labs of several test runs do not meet, and `stop` removes all of it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'

export interface LabMachine {
  /** Name of its network namespace: `nsenter --net=/run/netns/<name>`. */
  readonly namespace: string
  readonly address: string
  /** End of its cable at the switch. */
  readonly port: string
}

const MACHINES_MAX = 200

export class Lab {
  readonly machines: LabMachine[] = []
  readonly #id: string
  readonly #switch: string
  #hasCuts = false

  constructor() {
    assertMayRun()
    this.#id = process.pid.toString(36)
    this.#switch = `shsw${this.#id}`
    run('ip', 'netns', 'add', this.#switch)
    this.#inSwitch('ip', 'link', 'add', 'br0', 'type', 'bridge')
    this.#inSwitch('ip', 'link', 'set', 'br0', 'up')
  }

  /** One more machine, with address 10.87.0.n. */
  add(): LabMachine {
    const number = this.machines.length + 1
    if (number > MACHINES_MAX) throw new Error(`a lab has at most ${MACHINES_MAX} machines`)
    const machine = { namespace: `shm${number}${this.#id}`, address: `10.87.0.${number}`, port: `p${number}` }
    const { namespace, address, port } = machine
    run('ip', 'netns', 'add', namespace)
    run('ip', 'link', 'add', 'eth0', 'netns', namespace, 'type', 'veth', 'peer', 'name', port, 'netns', this.#switch)
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

  /** Pulls the cable: nobody is told, packets are gone. */
  unplug({ port }: LabMachine): void {
    this.#inSwitch('ip', 'link', 'set', port, 'down')
  }

  plug({ port }: LabMachine): void {
    this.#inSwitch('ip', 'link', 'set', port, 'up')
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

  /** Drops everything that goes from one to another of these. Replaces earlier cuts. */
  cut(ways: readonly { readonly from: LabMachine; readonly to: LabMachine }[]): void {
    this.heal()
    if (ways.length === 0) return
    const pairs = ways.map(({ from, to }) => `"${from.port}" . "${to.port}"`)
    this.#hasCuts = true
    const rules = [
      'table bridge lab {',
      '  set cuts {',
      '    type ifname . ifname',
      `    elements = { ${pairs.join(', ')} }`,
      '  }',
      '  chain between {',
      '    type filter hook forward priority 0; policy accept;',
      '    iifname . oifname @cuts drop',
      '  }',
      '}',
    ].join('\n')
    execFileSync('nsenter', [`--net=/run/netns/${this.#switch}`, 'nft', '-f', '-'], {
      input: `${rules}\n`,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
  }

  heal(): void {
    if (this.#hasCuts) this.#inSwitch('nft', 'delete', 'table', 'bridge', 'lab')
    this.#hasCuts = false
  }

  /** Removes all namespaces. Processes in them are the caller's to end first. */
  stop(): void {
    for (const name of [...this.machines.map(({ namespace }) => namespace), this.#switch]) {
      try {
        run('ip', 'netns', 'del', name)
      } catch {
        // gone already
      }
    }
    this.machines.length = 0
  }

  #inSwitch(...words: string[]): void {
    inNamespace(this.#switch, ...words)
  }
}

function assertMayRun(): void {
  if (process.getuid?.() !== 0)
    throw new Error(
      'the lab makes network namespaces, which needs root: run as root, or run the tests that need no lab',
    )
  try {
    run('ip', '-V')
  } catch {
    throw new Error('the lab needs iproute2: apt-get install iproute2')
  }
}

function inNamespace(namespace: string, ...words: string[]): void {
  run('nsenter', `--net=/run/netns/${namespace}`, ...words)
}

function run(program: string, ...words: string[]): void {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
}
