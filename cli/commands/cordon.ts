/** `shoal cordon` and `shoal uncordon`: whether a node takes pods. @module */
import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import type { GlobalOptions } from '../session.ts'

/** Its value says which pods are to leave; the node's cordon goes with it. */
const DRAIN_ANNOTATION = 'shoal.dev/drain'

const isDryRun = ({ dryRun }: Options): string | undefined => (dryRun === true ? 'All' : undefined)

interface Options extends GlobalOptions {
  readonly dryRun?: boolean
}

export function cordon(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('cordon')
    .summary('let a node take no more pods')
    .description('Lets a node take no more pods. Those that run there stay.')
    .argument('<node...>', 'amber, node/amber')
    .option('--dry-run', 'change nothing')
    .action((nodes: string[], _options: unknown, self: Command) => run(nodes, true, self.optsWithGlobals(), sessionOf))
  examples(command, 'shoal cordon amber')
}

export function uncordon(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('uncordon')
    .summary('let a node take pods again')
    .description('Lets a node take pods again, and ends its drain.')
    .argument('<node...>', 'amber, node/amber')
    .option('--dry-run', 'change nothing')
    .action((nodes: string[], _options: unknown, self: Command) => run(nodes, false, self.optsWithGlobals(), sessionOf))
  examples(command, 'shoal uncordon amber')
}

async function run(
  nodes: readonly string[],
  isCordoned: boolean,
  options: Options,
  sessionOf: SessionOf,
): Promise<void> {
  const session = sessionOf(options)
  const client = await session.client()
  for (const name of nodes.map(nodeNamed)) {
    // A drain that was left behind does not come back with the next cordon.
    await patchNode(client, name, { unschedulable: isCordoned, drain: null }, isDryRun(options))
    session.print(
      `node/${name} ${isCordoned ? 'cordoned' : 'uncordoned'}${options.dryRun === true ? ' (dry run)' : ''}`,
    )
  }
}

/** `node/amber` and `amber` are the same. */
export const nodeNamed = (word: string): string => word.replace(/^(node|nodes|no)\//, '')

export const nodePath = (name: string): string => `/api/v1/nodes/${encodeURIComponent(name)}`

export async function patchNode(
  client: Client,
  name: string,
  { unschedulable, drain }: { unschedulable?: boolean; drain: string | null },
  dryRun?: string,
): Promise<void> {
  await client.ask({
    method: 'PATCH',
    path: nodePath(name),
    query: { dryRun },
    contentType: 'application/merge-patch+json',
    body: {
      metadata: { annotations: { [DRAIN_ANNOTATION]: drain } },
      ...(unschedulable === undefined ? {} : { spec: { unschedulable: unschedulable ? true : null } }),
    },
  })
}
