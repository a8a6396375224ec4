/** `shoal describe`: an object with its pods and events. @module */
import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { Kinds, namedObjects, pathOf } from '../kinds.ts'
import { at } from '../objects.ts'
import type { ObjectList, Pod, Thing } from '../objects.ts'
import { describeText } from '../print/describe.ts'
import type { GlobalOptions } from '../session.ts'

export function describe(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('describe')
    .summary('tell all about an object')
    .description('Tells what an object is, how it is and why, with its pods and the events about it.')
    .argument('<what...>', 'deploy/web, "pod web-1", nodes')
    .action((what: string[], _options: unknown, self: Command) =>
      run(what, self.optsWithGlobals<GlobalOptions>(), sessionOf),
    )
  examples(command, 'shoal describe deploy/web', 'shoal describe node amber')
}

async function run(what: readonly string[], options: GlobalOptions, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const client = await session.client()
  const things: Thing[] = []
  for (const { kind, name } of namedObjects(await Kinds.of(client), what)) {
    const path = pathOf(kind, session.namespace, name)
    const found = name === undefined ? (await client.get<ObjectList>(path)).items : [await client.get<Thing>(path)]
    things.push(...found.map((each) => ({ ...each, kind: kind.kind })))
  }
  const texts: string[] = []
  for (const thing of things)
    texts.push(
      describeText({
        thing,
        pods: await podsOf(client, thing),
        events: await eventsOf(client, thing),
        nodes: thing.kind === 'Service' ? (await client.get<ObjectList>('/api/v1/nodes')).items : [],
        nowMs: Date.now(),
      }),
    )
  session.print(texts.join('\n----\n\n'))
}

async function podsOf(client: Client, thing: Thing): Promise<readonly Pod[]> {
  const query = podQuery(thing)
  if (query === undefined) return []
  const scope = thing.metadata.namespace === undefined ? '' : `/namespaces/${thing.metadata.namespace}`
  return (await client.get<ObjectList<Pod>>(`/api/v1${scope}/pods`, query)).items
}

function podQuery(thing: Thing): Record<string, string> | undefined {
  if (thing.kind === 'Node') return { fieldSelector: `spec.nodeName=${thing.metadata.name}` }
  const path: Readonly<Record<string, readonly string[]>> = {
    Deployment: ['spec', 'selector', 'matchLabels'],
    ReplicaSet: ['spec', 'selector', 'matchLabels'],
    Service: ['spec', 'selector'],
  }
  const labels = Object.entries((at(thing, ...(path[thing.kind] ?? ['none'])) ?? {}) as Record<string, string>)
  return labels.length === 0 ? undefined : { labelSelector: labels.map(([key, value]) => `${key}=${value}`).join(',') }
}

async function eventsOf(client: Client, { kind, metadata }: Thing): Promise<readonly Thing[]> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${metadata.name}`
  return (
    await client.get<ObjectList>(`/api/v1/namespaces/${metadata.namespace ?? 'default'}/events`, { fieldSelector })
  ).items
}
