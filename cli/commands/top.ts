/** `shoal top`: what pods and nodes take now. @module */
import type { Command } from 'commander'
import type { NodeUsageRow, PodUsageRow, UsageAnswer } from '../../node/index.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { ObjectList } from '../objects.ts'
import { table } from '../print/table.ts'
import type { GlobalOptions, Session } from '../session.ts'

interface Options extends GlobalOptions {
  readonly selector?: string
  readonly containers?: boolean
  readonly allNamespaces?: boolean
}

type Run = (names: readonly string[], options: Options, session: Session) => Promise<void>

export function top(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('top')
    .summary('show what pods and nodes take')
    .description('Shows the processor time and memory that pods take, as the nodes measure it that run them.')
  const subcommand = (name: string, alias: string, run: Run): Command =>
    command
      .command(name)
      .alias(alias)
      .argument('[names...]', 'those alone')
      .option('-l, --selector <labels>', 'only those with these labels, as app=web')
      .action((names: string[], _options: unknown, self: Command) => {
        const options = self.optsWithGlobals<Options>()
        return run(names, options, sessionOf(options))
      })
  const pods = subcommand('pods', 'pod', topPods)
    .summary('what pods take')
    .option('--containers', 'each container by itself')
    .option('-A, --all-namespaces', 'in all namespaces')
  const nodes = subcommand('nodes', 'node', topNodes).summary('what the pods of each node take together')
  examples(pods, 'shoal top pods', 'shoal top pods -l app=web --containers')
  examples(nodes, 'shoal top nodes')
  examples(command, 'shoal top pods', 'shoal top nodes')
}

const topPods: Run = async (names, options, session) => {
  const { pods, missing } = await asked(session)
  const everywhere = options.allNamespaces === true
  const path = everywhere ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(session.namespace)}/pods`
  const isChosen = await chosen(session, path, names, options)
  const shown = pods.filter((pod) => (everywhere || pod.namespace === session.namespace) && isChosen(pod))
  assertFound(names, shown)
  session.print(podsText(shown, { containers: options.containers === true, namespaces: everywhere }))
  sayMissing(session, missing)
}

const topNodes: Run = async (names, options, session) => {
  const { nodes, missing } = await asked(session)
  const isChosen = await chosen(session, '/api/v1/nodes', names, options)
  const shown = nodes.filter(isChosen)
  assertFound(names, shown)
  session.print(nodesText(shown))
  sayMissing(session, missing)
}

const asked = async (session: Session): Promise<UsageAnswer> => (await session.client()).get('/shoal/v1/usage')

/** By name, and by labels as the node that is asked reads them. */
async function chosen(
  session: Session,
  path: string,
  names: readonly string[],
  { selector }: Options,
): Promise<(row: { readonly namespace?: string; readonly name: string }) => boolean> {
  const isNamed = (name: string): boolean => names.length === 0 || names.includes(name)
  if (selector === undefined) return ({ name }) => isNamed(name)
  const { items } = await (await session.client()).get<ObjectList>(path, { labelSelector: selector })
  const known = new Set(items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`))
  return ({ namespace = '', name }) => isNamed(name) && known.has(`${namespace}/${name}`)
}

function assertFound(names: readonly string[], rows: readonly { readonly name: string }[]): void {
  const absent = names.filter((name) => !rows.some((row) => row.name === name))
  if (absent.length > 0)
    throw new CommandFailure(
      `nothing was measured of ${absent.join(', ')}: there is none of that name, it does not run, or its node does not answer`,
    )
}

function sayMissing(session: Session, missing: readonly string[]): void {
  if (missing.length > 0) session.say(`no answer from ${missing.join(', ')}: what runs there is left out`)
}

export function podsText(
  pods: readonly PodUsageRow[],
  { containers, namespaces }: { readonly containers: boolean; readonly namespaces: boolean },
): string {
  const rows = pods.flatMap((pod) =>
    (containers ? pod.containers : [pod]).map((each) => [
      ...(namespaces ? [pod.namespace] : []),
      pod.name,
      ...(containers ? [each.name] : []),
      cpu(each.cpuMilli),
      memory(each.memoryBytes),
    ]),
  )
  const head = [...(namespaces ? ['NAMESPACE'] : []), ...(containers ? ['POD', 'NAME'] : ['NAME'])]
  return table([...head, 'CPU(cores)', 'MEMORY(bytes)'], rows)
}

export function nodesText(nodes: readonly NodeUsageRow[]): string {
  return table(
    ['NAME', 'CPU(cores)', 'CPU%', 'MEMORY(bytes)', 'MEMORY%'],
    nodes.map(({ name, cpuMilli, memoryBytes, capacity }) => [
      name,
      cpu(cpuMilli),
      percent(cpuMilli, capacity.cpuMilli),
      memory(memoryBytes),
      percent(memoryBytes, capacity.memoryBytes),
    ]),
  )
}

const cpu = (milli: number): string => `${milli}m`
const memory = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}Mi`
const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${Math.round((100 * part) / whole)}%`)
