/** `shoal version`: of this command line, and of the node that answers. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { jsonText } from '../print/json.ts'
import { formatOf } from '../print/things.ts'
import type { ClusterInfo } from '../../node/index.ts'
import type { GlobalOptions } from '../session.ts'
import { VERSION } from '../version.ts'

interface Options extends GlobalOptions {
  readonly client?: boolean
  readonly output?: string
}

export function version(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('version')
    .summary('show the version')
    .option('--client', 'of this command line alone, without asking a node')
    .option('-o, --output <format>', 'json')
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal version', 'shoal version --client')
}

export function versionText(): string {
  return `client ${VERSION}  (node.js ${process.version})`
}

async function run(options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const ask = async (): Promise<ClusterInfo> => (await session.client()).get<ClusterInfo>('/shoal/v1/info')
  if (format === 'json') {
    const node = options.client === true ? {} : { node: await ask() }
    return session.print(jsonText({ client: VERSION, ...node }))
  }
  session.print(versionText())
  if (options.client === true) return
  const info = await ask()
  session.print(`node   ${info.version}  (${info.name}, ${info.platform}, cluster ${info.clusterId})`)
}
