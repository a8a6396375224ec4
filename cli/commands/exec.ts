/** `shoal exec`: a command in a container, wherever it runs. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { ended } from '../ended.ts'
import { CommandFailure } from '../failure.ts'
import { podOf, podPath, podSource } from '../pods.ts'
import type { GlobalOptions } from '../session.ts'
import { sessionOver } from '../../node/index.ts'
import { atTerminal } from '../terminal.ts'

interface Options extends GlobalOptions {
  readonly container?: string
  readonly stdin?: boolean
  readonly tty?: boolean
}

export function exec(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('exec')
    .summary('run a command in a container')
    .description(
      'Runs a command in a container, on whichever node it is, and ends with its exit code (126: it cannot be executed, 127: it is not there).',
    )
    .argument('<what>', 'web-0, pod/web-0, or one of deploy/web')
    .argument('[command...]', 'after --, the program and its arguments')
    .option('-c, --container <name>', 'in this container')
    .option('-i, --stdin', 'give it what this command is given to read')
    .option('-t, --tty', 'on a terminal of its own')
    .action((what: string, words: string[], _options: unknown, self: Command) =>
      run(what, words, { options: self.optsWithGlobals<Options>(), sessionOf }),
    )
  examples(
    command,
    'shoal exec web-0 -- ls /etc',
    'shoal exec -it deploy/web -- sh',
    'tar c . | shoal exec -i web-0 -- tar x -C /srv',
  )
}

async function run(
  what: string,
  words: readonly string[],
  { options, sessionOf }: { options: Options; sessionOf: SessionOf },
): Promise<void> {
  const session = sessionOf(options)
  if (words.length === 0) throw new CommandFailure(`say what to run: \`shoal exec ${what} -- COMMAND\``)
  const { container, stdin = false, tty = false } = options
  if (tty && stdin && session.output.stdin?.isTTY !== true)
    throw new CommandFailure('-t needs a terminal to read from, and there is none: leave it out')
  const client = await session.client()
  const pod = await podOf(client, await podSource(client, session, what))
  const query: [string, string][] = [
    ...words.map((word): [string, string] => ['command', word]),
    ['stdin', String(stdin)],
    ['tty', String(tty)],
  ]
  if (container !== undefined) query.push(['container', container])
  const stream = await client.stream({ method: 'POST', path: podPath(pod, 'exec'), query })
  await ended(() => atTerminal(sessionOver(stream), session.output, { stdin, tty }))
}
