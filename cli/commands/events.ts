/** `shoal events`: what happened, on all nodes. @module */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { Kinds, pathOf } from '../kinds.ts'
import type { Named } from '../kinds.ts'
import { textAt } from '../objects.ts'
import type { ObjectList, Thing } from '../objects.ts'
import { safe } from '../print/safe.ts'
import { formatOf, printThings } from '../print/things.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { workloads } from './scale.ts'

interface Options extends GlobalOptions {
  readonly output?: string
  readonly for?: string
  readonly allNamespaces?: boolean
  readonly follow?: boolean
}

/** Events are gathered from all nodes at each look. */
const LOOK_MS = 1_000

export function events(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('events')
    .summary('show what happened')
    .description('Shows what the nodes say happened: claims, starts, failures, conflicts. Oldest first.')
    .option('--for <what>', 'only about this: web, deploy/web, node/amber')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-f, --follow', 'go on')
    .option('-o, --output <format>', 'json, yaml, wide or name')
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal events', 'shoal events --for web -f')
}

async function run(options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const client = await session.client()
  const kinds = await Kinds.of(client)
  const kind = kinds.named('events')
  const ask = asker({ client, kinds, session, options })
  const namespaces = options.allNamespaces === true
  if (options.follow === true) return follow(session, ask)
  const things = await ask()
  if (things.length === 0 && format === 'table') return session.say('No events found.')
  session.print(await printThings([{ kind, things }], { format, namespaces, single: false, nowMs: Date.now() }))
}

interface Asker {
  readonly client: Client
  readonly kinds: Kinds
  readonly session: Session
  readonly options: Options
}

function asker({ client, kinds, session, options }: Asker): () => Promise<readonly Thing[]> {
  const [about] = options.for === undefined ? [] : workloads(kinds, [options.for])
  // Nodes belong to no namespace, and what happened on one is told of pods in all of them.
  const scope = options.allNamespaces === true || about?.kind.kind === 'Node' ? '' : `/namespaces/${session.namespace}`
  return async () => {
    const list = await client.get<ObjectList>(`/api/v1${scope}/events`)
    const all = list.items.map((item) => ({ ...item, kind: 'Event' }))
    return about === undefined ? all : eventsAbout(all, about, { client, namespace: session.namespace })
  }
}

/** [CLI58] Those of the object and of what is below it. What is gone is an error only where nothing is told of it either. */
async function eventsAbout(
  events: readonly Thing[],
  { kind, name }: Named,
  { client, namespace }: { client: Client; namespace: string },
): Promise<readonly Thing[]> {
  if (name === undefined) throw new CommandFailure(`--for ${kind.plural}: name one, as ${kind.singular}/NAME`)
  const replicaSets =
    kind.kind === 'Deployment'
      ? (await client.get<ObjectList>(`/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/replicasets`)).items
      : []
  const below = replicaSets
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === name))
    .map(({ metadata }) => metadata.name)
  const found = events.filter((event) => {
    const about = { kind: textAt(event, 'involvedObject', 'kind'), name: textAt(event, 'involvedObject', 'name') }
    if (about.kind === kind.kind && about.name === name) return true
    if (kind.kind === 'Node') return textAt(event, 'source', 'host') === name
    const set = kind.kind === 'ReplicaSet' ? [name] : below
    // By name, since pods that are gone are no longer listed.
    return set.includes(about.kind === 'Pod' ? about.name.replace(/-[^-]+$/, '') : about.name)
  })
  if (found.length === 0) await client.get(pathOf(kind, namespace, name))
  return found
}

async function follow(session: Session, ask: () => Promise<readonly Thing[]>): Promise<void> {
  let seen = new Set<string>()
  for (;;) {
    const things = await ask()
    const ids = things.map((event) => `${event.metadata.namespace}/${event.metadata.name}/${textAt(event, 'count')}`)
    for (const [index, event] of things.entries()) if (!seen.has(ids[index] as string)) session.print(eventLine(event))
    seen = new Set(ids)
    await sleep(LOOK_MS)
  }
}

function eventLine(event: Thing): string {
  const about = `${textAt(event, 'involvedObject', 'kind').toLowerCase()}/${textAt(event, 'involvedObject', 'name')}`
  return safe(
    [
      textAt(event, 'lastTimestamp'),
      textAt(event, 'source', 'host'),
      textAt(event, 'reason'),
      about,
      textAt(event, 'message'),
    ].join('  '),
  )
}
