/** `shoal port-forward`: ports of a pod as ports of this machine. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { Forwarder, portPair } from '../forwarding.ts'
import { CommandFailure } from '../failure.ts'
import { podOf, podSource } from '../pods.ts'
import type { GlobalOptions } from '../session.ts'

interface Options extends GlobalOptions {
  readonly address: string
}

export function portForward(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('port-forward')
    .summary('reach ports of a pod from this machine')
    .description(
      'Listens here and carries each connection to a pod, until it is ended. Of a Deployment or a Service it goes on with another pod when one has gone.',
    )
    .argument('<what>', 'web-0, deploy/web, svc/web')
    .argument('<ports...>', 'LOCAL:REMOTE, PORT for both, :REMOTE for any free one here')
    .option('--address <addresses>', 'where to listen, with commas between', '127.0.0.1')
    .action((what: string, words: string[], _options: unknown, self: Command) =>
      run(what, words, { options: self.optsWithGlobals<Options>(), sessionOf }),
    )
  examples(
    command,
    'shoal port-forward web-0 8080:80',
    'shoal port-forward deploy/web 8080:http 9090',
    'shoal port-forward --address 0.0.0.0 svc/web 8080:80',
  )
}

async function run(
  what: string,
  words: readonly string[],
  { options, sessionOf }: { options: Options; sessionOf: SessionOf },
): Promise<void> {
  const session = sessionOf(options)
  const pairs = words.map(portPair)
  const hosts = options.address.split(',').filter((host) => host !== '')
  if (hosts.length === 0) throw new CommandFailure('--address: name at least one')
  const client = await session.client()
  const source = await podSource(client, session, what)
  const pod = await podOf(client, source)
  const forwarder = new Forwarder(client, source, { pod, say: (line) => session.say(line) })
  for (const host of hosts) {
    for (const pair of pairs) {
      const { port } = await forwarder.listen(host, pair)
      session.print(`Forwarding from ${host.includes(':') ? `[${host}]` : host}:${port} -> ${pair.remote}`)
    }
  }
  // Until it is ended.
  await new Promise<never>(() => {})
}
