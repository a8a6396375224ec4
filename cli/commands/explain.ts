/** `shoal explain`: who bid what for each slot, who declined and why. @module */
import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { keyOf, Kinds, pathOf } from '../kinds.ts'
import type { Named } from '../kinds.ts'
import type { Pod, Thing } from '../objects.ts'
import { explainText } from '../print/bids.ts'
import type { Explained, ExplainedSlot } from '../print/bids.ts'
import { jsonText } from '../print/json.ts'
import { formatOf } from '../print/things.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { workloads } from './scale.ts'

interface Options extends GlobalOptions {
  readonly output?: string
}

export function explain(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('explain')
    .alias('why')
    .summary('tell why replicas are where they are, or nowhere')
    .description('Tells for each slot of a Deployment who bid what, who declined and why, and who claimed it.')
    .argument('<what...>', 'web, deploy/web, "deployment web", pod/web-7c9d8f-a1b2c')
    .option('-o, --output <format>', 'json or yaml')
    .action((what: string[], _options: unknown, self: Command) => run(what, self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal explain web', 'shoal why pod/web-7c9d8f-a1b2c')
}

async function run(what: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = formatOf(options.output)
  const client = await session.client()
  const kinds = await Kinds.of(client)
  const [named, ...more] = workloads(kinds, what)
  if (named?.name === undefined || more.length > 0)
    throw new CommandFailure('name one Deployment or pod: `shoal explain web`')
  const { workload, slot } = await subjectOf({ client, kinds, session, named: named as Named & { name: string } })
  const all = await client.get<Explained>('/shoal/v1/explain', { workload })
  const explained = { ...all, slots: all.slots.filter((each) => slot === undefined || isSlot(each, slot)) }
  if (format === 'json') return session.print(jsonText(explained))
  if (format === 'yaml') return session.print((await import('../print/yaml.ts')).yamlText(explained))
  session.print(explainText(explained, { of: all.slots, palette: session.palette('stdout'), nowMs: Date.now() }))
}

interface SlotOfPod {
  /** `5d4f8c7b9/0` */
  readonly slot: string
  readonly pod: string
}

/** Two pods have one slot while one of them is on its way out. One that nobody claimed has no pod but its slot. */
function isSlot(each: ExplainedSlot, { slot, pod }: SlotOfPod): boolean {
  return each.state === 'claimed' ? each.pod === pod : each.slot === slot
}

interface Asked {
  readonly client: Client
  readonly kinds: Kinds
  readonly session: Session
  readonly named: Named & { name: string }
}

/** A pod is explained by its slot of its Deployment. */
async function subjectOf({
  client,
  kinds,
  session,
  named: { kind, name },
}: Asked): Promise<{ workload: string; slot: SlotOfPod | undefined }> {
  if (kind.kind !== 'Deployment' && kind.kind !== 'Pod')
    throw new CommandFailure(
      `a ${kind.kind} has no replicas to explain: name a Deployment or a pod, as \`shoal explain ${name}\` or \`shoal explain pod/NAME\``,
    )
  if (kind.kind === 'Deployment') return { workload: keyOf(kind, session.namespace, name), slot: undefined }
  const pod = await client.get<Pod>(pathOf(kind, session.namespace, name))
  const deployment = ownerOf(pod)
  // [CLI107] A pod that somebody wrote is a workload of one.
  if (deployment === undefined) return { workload: keyOf(kind, session.namespace, name), slot: undefined }
  const index = pod.metadata.annotations?.['shoal.dev/slot'] ?? ''
  const hash = pod.metadata.labels?.['pod-template-hash'] ?? ''
  return {
    workload: keyOf(kinds.named('deployment'), session.namespace, deployment),
    slot: { slot: `${hash}/${index}`, pod: name },
  }
}

/** The Deployment behind its ReplicaSet. */
function ownerOf({ metadata }: Thing): string | undefined {
  const replicaSet = metadata.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet')?.name
  return replicaSet?.replace(/-[^-]+$/, '')
}
