/** `shoal peers`: the members, how far they are, and whether they hold the same. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { age } from '../../crdt/tables.ts'
import type { Palette } from '../print/colour.ts'
import { jsonText } from '../print/json.ts'
import { table } from '../print/table.ts'
import { formatOf } from '../print/things.ts'
import type { PeerRow } from '../../node/index.ts'
import type { GlobalOptions } from '../session.ts'

/** As a node itself judges: from the first on it warns, from the second on writes may be held. */
const CLOCK_ODD_MS = 10_000
const CLOCK_BAD_MS = 60_000

interface Options extends GlobalOptions {
  readonly output?: string
}

export function peers(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('peers')
    .summary('show the members of the cluster')
    .description(
      'Shows the members: address, round trip, clock, what the node that is asked thinks of them, and whether their state equals its own.',
    )
    .option('-o, --output <format>', 'json, yaml, wide or name')
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal peers', 'shoal peers -o wide')
}

async function run(options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const client = await session.client()
  const found = await client.get<{ peers: readonly PeerRow[] }>('/shoal/v1/peers')
  if (format === 'json') return session.print(jsonText(found))
  if (format === 'yaml') return session.print((await import('../print/yaml.ts')).yamlText(found))
  const sorted = found.peers.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  if (format === 'name') return session.print(sorted.map(({ name }) => `${name}\n`).join(''))
  session.print(peersText(sorted, { wide: format === 'wide', palette: session.palette('stdout'), nowMs: Date.now() }))
}

export function peersText(
  peers: readonly PeerRow[],
  { wide, palette, nowMs }: { wide: boolean; palette: Palette; nowMs: number },
): string {
  const rows = peers.map((peer) => [
    `${peer.name}${peer.isSelf ? ' (asked)' : ''}`,
    verdictText(peer, palette),
    peer.sinceMs > 0 ? age(nowMs - peer.sinceMs) : '-',
    peer.isSelf ? '-' : peer.roundTripMs === undefined ? 'no link' : `${peer.roundTripMs.toFixed(1)}ms`,
    clockText(peer, palette),
    stateText(peer, palette),
    peer.version,
    wide ? peer.addresses.join(' ') : (peer.addresses[0] ?? '-').replace(/\/p2p\/.*$/, ''),
    ...(wide ? [peer.node] : []),
  ])
  return table(
    ['NAME', 'VERDICT', 'SINCE', 'RTT', 'CLOCK', 'STATE', 'VERSION', 'ADDRESS', ...(wide ? ['PEER'] : [])],
    rows,
  )
}

function verdictText({ verdict }: PeerRow, { green, yellow, red }: Palette): string {
  switch (verdict) {
    case 'alive':
      return green('alive')
    case 'unreachable':
    case 'agent-gone':
      return yellow(verdict)
    case 'lost':
      return red('lost')
  }
}

/** [CLOCK4] As seen from the node that is asked. */
function clockText({ isSelf, clockOffsetMs }: PeerRow, { yellow, red }: Palette): string {
  if (isSelf || clockOffsetMs === undefined) return '-'
  const text = `${clockOffsetMs < 0 ? '' : '+'}${(clockOffsetMs / 1_000).toFixed(1)}s`
  const differsMs = Math.abs(clockOffsetMs)
  return differsMs > CLOCK_BAD_MS ? red(text) : differsMs > CLOCK_ODD_MS ? yellow(text) : text
}

function stateText({ isSelf, agrees }: PeerRow, { green, yellow }: Palette): string {
  if (isSelf) return '-'
  return agrees === undefined ? 'unknown' : agrees ? green('agrees') : yellow('differs')
}
