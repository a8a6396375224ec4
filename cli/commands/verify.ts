/** `shoal verify`: do all nodes hold the same state? @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { EXIT } from '../failure.ts'
import { jsonText } from '../print/json.ts'
import { safe } from '../print/safe.ts'
import { table } from '../print/table.ts'
import { formatOf } from '../print/things.ts'
import type { Verification } from '../../node/index.ts'
import type { GlobalOptions } from '../session.ts'

interface Options extends GlobalOptions {
  readonly output?: string
}

export function verify(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('verify')
    .summary('prove that all nodes agree')
    .description(
      'Compares the state digest of every node and names the objects that differ.\nExit code 0 if all answered and agree, 1 if not.',
    )
    .option('-o, --output <format>', 'json or yaml')
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal verify', 'shoal verify -o json')
}

async function run(options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const client = await session.client()
  const found = await client.get<Verification>('/shoal/v1/verify')
  const silent = found.nodes.filter(({ trouble }) => trouble !== undefined)
  if (!found.agree || silent.length > 0) process.exitCode = EXIT.error
  if (format === 'json') return session.print(jsonText(found))
  if (format === 'yaml') return session.print((await import('../print/yaml.ts')).yamlText(found))
  session.print(verifyText(found))
  const { green, red, yellow } = session.palette('stdout')
  const answered = found.nodes.length - silent.length
  const nodes = answered === 1 ? 'node agrees' : 'nodes agree'
  session.print(
    found.agree
      ? green(`${answered} ${nodes}.`)
      : red(`The ${answered} nodes that answered do not agree (yet): sync repairs within seconds, ask again.`),
  )
  if (silent.length > 0)
    session.print(
      yellow(
        `No answer from ${silent.map(({ name }) => name).join(', ')}.\n${silent.map(({ name, trouble }) => `  ${name}: ${safe(trouble ?? '')}\n`).join('')}`,
      ),
    )
}

function verifyText({ nodes, differences, differencesLeftOut }: Verification): string {
  const rows = nodes.map(({ name, root, documents, records, members, trouble, agrees }) => [
    name,
    root?.slice(0, 16) ?? '-',
    String(documents ?? '-'),
    String(records ?? '-'),
    String(members ?? '-'),
    trouble !== undefined ? 'no answer' : agrees ? 'agrees' : 'differs',
  ])
  const different = differences.map(
    ({ key, versions }) =>
      `  ${key}\n${versions.map(({ heads, nodes: names }) => `    ${heads === '' ? 'absent' : heads.slice(0, 16)}  on ${names.join(', ')}\n`).join('')}`,
  )
  const more = differencesLeftOut === 0 ? '' : `  and ${differencesLeftOut} more\n`
  return (
    table(['NODE', 'DIGEST', 'DOCUMENTS', 'RECORDS', 'MEMBERS', 'STATE'], rows) +
    (different.length === 0 ? '' : `\nDifferent:\n${different.join('')}${more}`)
  )
}
