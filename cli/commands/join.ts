/** `shoal join`: starts a node on this machine as a member of a cluster that is there. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { NodeCommandOptions } from '../node-command.ts'
import { OPTION_ROWS } from '../../node/options.ts'
import { bringUp, nodeOptions, withForeground, withNodeOptions } from '../node-command.ts'

/** Which cluster it is, the ticket says. */
const JOIN_OPTIONS = OPTION_ROWS.map(({ key }) => key).filter((key) => key !== 'cluster')

export function join(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('join')
    .summary('start a node that joins a cluster')
    .description(
      'Starts a node in the background as a member of the cluster that gave the ticket. `shoal token` on a member makes one.',
    )
    .argument('<address...>', '/ip4/10.0.0.11/tcp/7420/p2p/12D3.../ticket/..., or the whole line of `shoal token`')
    .action((words: string[], _options: unknown, self: Command) =>
      run(addressOf(words), self.optsWithGlobals<NodeCommandOptions>(), sessionOf),
    )
  withForeground(withNodeOptions(command, process.env, JOIN_OPTIONS))
  examples(
    command,
    'shoal join /ip4/10.0.0.11/tcp/7420/p2p/12D3KooW.../ticket/...',
    'shoal join "$(ssh amber shoal token -o name)" --name basil',
  )
}

async function run(address: string, options: NodeCommandOptions, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  assertTicket(address)
  await bringUp(session, await nodeOptions(session, options, address), options)
}

/** What `shoal token` printed is pasted as it is: with `shoal join` before it, quoted or not. */
function addressOf(words: readonly string[]): string {
  const all = words.flatMap((word) => word.trim().split(/\s+/))
  const [first = '', ...rest] = all[0] === 'shoal' && all[1] === 'join' ? all.slice(2) : all
  if (rest.length === 0) return first
  throw new CommandFailure(
    `join takes one address, and was given ${rest.length + 1}: ${[first, ...rest].join(' ').slice(0, 120)}`,
  )
}

/** Only the shape: whether the ticket is good, the node finds out. */
export function assertTicket(address: string): void {
  const [dial, ticket] = address.split('/ticket/')
  const shown = address.length > 60 ? `${address.slice(0, 57)}...` : address
  if (!address.startsWith('/'))
    throw new CommandFailure(
      `"${shown}" is no multiaddr: it must begin with /ip4/, /ip6/ or /dns4/. \`shoal token\` on a member prints the whole line`,
    )
  if (ticket === undefined || ticket === '')
    throw new CommandFailure(
      `"${shown}" has no ticket: it must end in /ticket/... It may have been cut; \`shoal token\` on a member makes a new one`,
    )
  if (!/\/p2p\/[A-Za-z0-9]+$/.test(dial as string))
    throw new CommandFailure(`"${shown}" names no peer: /p2p/12D3... must come before /ticket/`)
}
