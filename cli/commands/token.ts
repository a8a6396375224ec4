/** `shoal token`: a ticket for another machine to join. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { durationMs } from '../duration.ts'
import { CommandFailure } from '../failure.ts'
import { age } from '../../crdt/tables.ts'
import { jsonText } from '../print/json.ts'
import { formatOf } from '../print/things.ts'
import type { Ticket } from '../../node/index.ts'
import type { GlobalOptions } from '../session.ts'

interface Options extends GlobalOptions {
  readonly ttl: string
  readonly output?: string
}

export function token(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('token')
    .summary('make a ticket to join')
    .description(
      'Makes a ticket with which another machine joins this cluster. Whoever has it may join until it ends: treat it as a password.',
    )
    .option('--ttl <duration>', 'how long it is good', '1h')
    .option('-o, --output <format>', 'json, or name for the address alone')
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal token', 'shoal token --ttl 10m', 'ssh other shoal join "$(shoal token -o name)"')
}

async function run(options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const ttlSeconds = ttlOf(options)
  const client = await session.client()
  const ticket = (await client.ask({ method: 'POST', path: '/shoal/v1/token', query: { ttlSeconds } })).body as Ticket
  if (format === 'json') return session.print(jsonText(ticket))
  const [first = ''] = ticket.joins
  if (format === 'name') return session.print(first)
  session.say(`On the other machine (within ${age(ticket.expiresAtMs - Date.now())}):`)
  for (const join of ticket.joins) session.print(`shoal join ${join}`)
}

const DAY_SECONDS = 86_400

function ttlOf({ ttl }: Options): string {
  const seconds = Math.ceil(durationMs('--ttl', ttl) / 1_000)
  if (seconds < 1 || seconds > 30 * DAY_SECONDS) throw new CommandFailure(`--ttl "${ttl}": must be between 1s and 30d`)
  return String(seconds)
}
