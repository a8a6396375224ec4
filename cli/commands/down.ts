/** `shoal down`: stops the node on this machine. Its pods run on, and it stays a member. @module */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { nodeOptions, whichNode, withNodeOptions } from '../node-command.ts'
import type { NodeCommandOptions } from '../node-command.ts'
import { running } from '../node-process.ts'

/** As `TimeoutStopSec` of the systemd unit. */
const END_MS_MAX = 20_000
const LOOK_MS = 50

export function down(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('down')
    .summary('stop the node on this machine')
    .description(
      'Stops the node on this machine and waits until it has ended. Its pods run on, and `shoal up` brings it back as the same member. For good: `shoal delete node NAME` on another machine, when it is down.\nA node that systemd started is stopped with `systemctl stop shoal`.',
    )
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<NodeCommandOptions>(), sessionOf))
  withNodeOptions(command, process.env, ['dataDir', 'apiSocket'])
  examples(command, 'shoal down', 'shoal down --data-dir /srv/shoal')
}

async function run(given: NodeCommandOptions, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(given)
  const options = await nodeOptions(session, given)
  const { liveHolderOf } = await import('../../node/main.ts')
  const info = await running(options)
  // The lock says who it is, also where a node hangs; and what answers on a socket may run in a container, with a pid of its own.
  const dataDir = given.dataDir === undefined ? (info?.dataDir ?? options.dataDir) : options.dataDir
  const holder = await liveHolderOf(dataDir)
  if (holder === undefined)
    throw new CommandFailure(
      info === undefined || info.dataDir !== dataDir
        ? `no node runs in ${dataDir}, and nothing was stopped: name another with --data-dir`
        : `node ${info.name} answers on ${options.apiSocket}, but no process of this machine holds ${dataDir}: it runs in a container, stop that`,
    )
  const { pid } = holder
  tell(pid)
  const begunMs = performance.now()
  while (await holder.isAlive()) {
    if (performance.now() - begunMs > END_MS_MAX)
      throw new CommandFailure(
        `the node (pid ${pid}) was told to stop and runs on after ${END_MS_MAX / 1_000} s: see ${dataDir}/node.log, or end it with \`kill -9 ${pid}\``,
      )
    await sleep(LOOK_MS)
  }
  const name = info?.dataDir === dataDir ? `node ${info.name}` : 'the node'
  session.print(`${name} in ${dataDir} (pid ${pid}) has stopped; its pods run on`)
  session.say(`Start it again with \`shoal up${whichNode(session, { dataDir })}\`.`)
}

function tell(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return
    throw new CommandFailure(
      `the node (pid ${pid}) cannot be stopped: ${code === 'EPERM' ? 'it belongs to another user, try as root' : message}`,
    )
  }
}
