/** `shoal up`: starts a node on this machine, and a cluster if its directory knows none. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import type { NodeCommandOptions } from '../node-command.ts'
import { bringUp, nodeOptions, runNode, withForeground, withNodeOptions } from '../node-command.ts'
import { boundLog } from '../node-process.ts'
import type { NodeOptions } from '../../node/options.ts'

export function up(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('up')
    .summary('start a node on this machine')
    .description(
      'Starts a node in the background and waits until it is ready. Where its directory knows no cluster, one is created.',
    )
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<NodeCommandOptions>(), sessionOf))
  withForeground(withNodeOptions(command, process.env))
  examples(command, 'shoal up', 'shoal up --name amber --label zone=attic', 'shoal up --foreground')
  program.command('__node', { hidden: true }).action(async () => {
    const options = JSON.parse(await standardInput()) as NodeOptions
    await boundLog(options)
    await runNode(options)
  })
}

async function run(options: NodeCommandOptions, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  await bringUp(session, await nodeOptions(session, options), options)
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
