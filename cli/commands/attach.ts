/** `shoal attach`: the input and output of a container's own process. @module */
import type { Command } from 'commander'
import { sessionOver } from '../../node/index.ts'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { ended } from '../ended.ts'
import { CommandFailure } from '../failure.ts'
import { podOf, podPath, podSource } from '../pods.ts'
import type { Container, Pod } from '../objects.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { atTerminal } from '../terminal.ts'

interface Options extends GlobalOptions {
  readonly container?: string
  readonly stdin?: boolean
  readonly tty?: boolean
}

export interface Attaching {
  readonly container?: string
  readonly stdin: boolean
  readonly tty: boolean
}

export function attach(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('attach')
    .summary('see and speak with what a container runs')
    .description('Shows the output of a container from now on. With -i it reads what this command is given to read.')
    .argument('<what>', 'web-0, pod/web-0, or one of deploy/web')
    .option('-c, --container <name>', 'this container')
    .option('-i, --stdin', 'give it what this command is given to read (needs `stdin: true` in its template)')
    .option('-t, --tty', 'as on its terminal (needs `tty: true` in its template)')
    .action(async (what: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Options>()
      const session = sessionOf(options)
      const client = await session.client()
      const pod = await podOf(client, await podSource(client, session, what))
      const { container, stdin = false, tty = false } = options
      const attaching = { stdin, tty, ...(container === undefined ? {} : { container }) }
      await ended(() => attached(client, session, { pod, attaching }))
    })
  examples(command, 'shoal attach web-0', 'shoal attach -it shell')
}

/** Until the container ends; its exit code. */
export async function attached(
  client: Client,
  session: Session,
  { pod, attaching }: { readonly pod: Pod; readonly attaching: Attaching },
): Promise<number> {
  const { stdin, tty } = attaching
  const { name, ...given } = containerOf(pod, attaching.container)
  if (stdin && given.stdin !== true)
    throw new CommandFailure(`container ${name} reads nothing: say \`stdin: true\` in its template`)
  if (tty && given.tty !== true) session.say(`container ${name} has no terminal (\`tty: true\`): going on without`)
  const query: [string, string][] = [
    ['container', name],
    ['stdin', String(stdin)],
  ]
  const stream = await client.stream({ method: 'POST', path: podPath(pod, 'attach'), query })
  const isTty = tty && given.tty === true
  if (isTty && session.output.stdin?.isTTY === true) session.say('Without a prompt, press Enter.')
  return atTerminal(sessionOver(stream), session.output, { stdin, tty: isTty })
}

function containerOf({ metadata, spec }: Pod, asked: string | undefined): Container {
  const all = spec?.containers ?? []
  const found = asked === undefined ? all[0] : all.find(({ name }) => name === asked)
  if (found !== undefined) return found
  throw new CommandFailure(
    `there is no container ${asked ?? ''} in pod ${metadata.name}: choose one of ${all.map(({ name }) => name).join(', ')}`,
  )
}
