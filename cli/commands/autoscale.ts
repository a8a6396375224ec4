/** `shoal autoscale`: lets the replicas of a Deployment follow what its pods take. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { Kinds, pathOf, qualifiedKind } from '../kinds.ts'
import type { GlobalOptions } from '../session.ts'
import { workloads } from './scale.ts'

interface Options extends GlobalOptions {
  readonly min?: string
  readonly max: string
  readonly cpuPercent?: string
  readonly name?: string
}

export function autoscale(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('autoscale')
    .summary('let replicas follow what pods take')
    .description(
      'Creates a HorizontalPodAutoscaler, which changes the replicas of a Deployment with what its pods take.',
    )
    .argument('<what...>', 'web, deploy/web')
    .requiredOption('--max <count>', 'never more replicas')
    .option('--min <count>', 'never fewer replicas (default 1)')
    .option('--cpu-percent <percent>', 'wanted, of the cpu that its pods asked for (default 80)')
    .option('--name <name>', 'of the autoscaler (default: that of the Deployment)')
    .action((what: string[], _options: unknown, self: Command) => run(what, self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal autoscale deployment/web --min 2 --max 10 --cpu-percent 60')
}

async function run(what: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const spec = {
    minReplicas: numberOf('--min', options.min ?? '1'),
    maxReplicas: numberOf('--max', options.max),
    ...(options.cpuPercent === undefined
      ? {}
      : { metrics: [cpuMetric(numberOf('--cpu-percent', options.cpuPercent))] }),
  }
  const client = await session.client()
  const kinds = await Kinds.of(client)
  const autoscaler = kinds.named('horizontalpodautoscalers')
  for (const { kind, name } of workloads(kinds, what)) {
    if (kind.kind !== 'Deployment' || name === undefined)
      throw new CommandFailure('name a Deployment: `shoal autoscale deployment/web --max 10`')
    await client.get(pathOf(kind, session.namespace, name))
    const body = {
      apiVersion: 'autoscaling/v2',
      kind: autoscaler.kind,
      metadata: { name: options.name ?? name, namespace: session.namespace },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, ...spec },
    }
    await client.ask({ method: 'POST', path: pathOf(autoscaler, session.namespace), body })
    session.print(`${qualifiedKind(autoscaler)}/${body.metadata.name} autoscaled`)
  }
}

const cpuMetric = (averageUtilization: number): object => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

function numberOf(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommandFailure(`${option}: "${text}" is no whole number`)
  return Number(text)
}
