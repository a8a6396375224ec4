/** `shoal get`: objects as a table, or as `-o` says. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { Kinds, namedObjects, pathOf } from '../kinds.ts'
import type { KindInfo, Named } from '../kinds.ts'
import type { ObjectList, Thing } from '../objects.ts'
import { POD_COUNT } from '../print/columns.ts'
import { formatOf, printThings } from '../print/things.ts'
import type { Format, Group } from '../print/things.ts'
import type { PeerRow } from '../../node/index.ts'
import type { GlobalOptions, Session } from '../session.ts'

interface Options extends GlobalOptions {
  readonly output?: string
  readonly selector?: string
  readonly fieldSelector?: string
  readonly allNamespaces?: boolean
}

export function get(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('get')
    .summary('list objects')
    .description('Lists objects of a kind, or those that are named.')
    .argument('<what...>', 'pods, deploy/web, "pods,services", node amber')
    .option('-o, --output <format>', 'json, yaml, wide or name')
    .option('-l, --selector <labels>', 'only those with these labels, as app=web,tier!=cache')
    .option('--field-selector <fields>', 'only those with these fields, as spec.nodeName=amber')
    .option('-A, --all-namespaces', 'in all namespaces')
    .action((what: string[], _options: unknown, self: Command) => run(what, self.optsWithGlobals<Options>(), sessionOf))
  examples(
    command,
    'shoal get pods',
    'shoal get deploy/web -o yaml',
    'shoal get pods,services -l app=web -o wide',
    'shoal get nodes',
    'shoal get all',
  )
}

/** What `get all` shows: what runs, and how it is reached. */
const ALL = 'pods,services,deployments,replicasets'

async function run(what: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const client = await session.client()
  const named = namedObjects(await Kinds.of(client), what.length === 1 && what[0] === 'all' ? [ALL] : what)
  const groups: Group[] = []
  for (const each of named) groups.push({ kind: each.kind, things: await fetched(each, session, options) })
  const found = groups.some(({ things }) => things.length > 0)
  if (!found && format === 'table') {
    session.say(
      options.allNamespaces === true ? 'No resources found.' : `No resources found in ${session.namespace} namespace.`,
    )
    return
  }
  const single = named.length === 1 && named[0]?.name !== undefined
  session.print(
    await printThings(await withPodCounts(merged(groups), format, session), {
      format,
      namespaces: options.allNamespaces === true,
      single,
      nowMs: Date.now(),
    }),
  )
}

async function fetched({ kind, name }: Named, session: Session, options: Options): Promise<readonly Thing[]> {
  const client = await session.client()
  if (name !== undefined) return [await client.get<Thing>(pathOf(kind, session.namespace, name))]
  const query = { labelSelector: options.selector, fieldSelector: options.fieldSelector }
  const list = await client.get<ObjectList>(
    pathOf(kind, options.allNamespaces === true ? undefined : session.namespace),
    query,
  )
  // Items of a list do not repeat what they are.
  return list.items.map((item) => ({ ...item, apiVersion: item.apiVersion ?? list.apiVersion, kind: kind.kind }))
}

/** For tables alone: the objects themselves do not say it. */
async function withPodCounts(groups: readonly Group[], format: Format, session: Session): Promise<readonly Group[]> {
  const isAsked = groups.some(({ kind, things }) => kind.kind === 'Node' && things.length > 0)
  if (!isAsked || (format !== 'table' && format !== 'wide')) return groups
  const client = await session.client()
  const { peers } = await client.get<{ peers: readonly PeerRow[] }>('/shoal/v1/peers')
  const counts = new Map(peers.map(({ name, pods }) => [name, pods]))
  const counted = (thing: Thing): Thing => ({ ...thing, [POD_COUNT]: counts.get(thing.metadata.name) })
  return groups.map((group) => (group.kind.kind === 'Node' ? { ...group, things: group.things.map(counted) } : group))
}

/** `get pod a b` is one table. */
function merged(groups: readonly Group[]): readonly Group[] {
  const byKind = new Map<KindInfo, Thing[]>()
  for (const { kind, things } of groups) byKind.set(kind, [...(byKind.get(kind) ?? []), ...things])
  return [...byKind].map(([kind, things]) => ({ kind, things }))
}
