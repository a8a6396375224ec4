/** `shoal set image`: another image for containers of a Deployment, and waits until it runs. @module */
import type { Command } from 'commander'
import { awaited, timeoutMs, withWaiting } from '../awaiting.ts'
import type { WaitOptions } from '../awaiting.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { didYouMean } from '../guess.ts'
import { Kinds, pathOf, qualifiedKind } from '../kinds.ts'
import type { Container, Deployment } from '../objects.ts'
import type { GlobalOptions } from '../session.ts'
import { workloads } from './scale.ts'

interface Options extends GlobalOptions, WaitOptions {}

export function set(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('set')
    .summary('change one thing of a Deployment')
    .description('Changes one thing of a Deployment without a manifest.')
  const image = command
    .command('image')
    .summary('run another image')
    .description('Gives containers another image, and waits until it runs everywhere.')
    .argument('<what>', 'web, deploy/web')
    .argument('<container=image...>', 'web=nginx:1.28; *=nginx:1.28 for all')
    .action((what: string, images: string[], _options: unknown, self: Command) =>
      run(what, images, self.optsWithGlobals<Options>(), sessionOf),
    )
  withWaiting(image)
  examples(image, 'shoal set image web web=nginx:1.28', "shoal set image deploy/web '*=nginx:1.28'")
  examples(command, 'shoal set image web web=nginx:1.28')
}

async function run(what: string, images: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  timeoutMs(options)
  const wanted = images.map(imageOf)
  const client = await session.client()
  const [named] = workloads(await Kinds.of(client), [what])
  if (named?.kind.kind !== 'Deployment' || named.name === undefined)
    throw new CommandFailure('name a Deployment: `shoal set image web web=nginx:1.28`')
  const { kind, name } = named
  const path = pathOf(kind, session.namespace, name)
  const deployment = await client.get<Deployment>(path)
  const containers = changed(name, deployment.spec?.template?.spec?.containers ?? [], wanted)
  await client.ask({
    method: 'PATCH',
    path,
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { template: { spec: { containers } } } },
  })
  session.print(`${qualifiedKind(kind)}/${name} image updated`)
  if (options.wait) await awaited(session, [{ kind: 'Deployment', namespace: session.namespace, name }], options)
}

function imageOf(text: string): { readonly container: string; readonly image: string } {
  const [, container, image] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (container === undefined || image === undefined)
    throw new CommandFailure(`"${text}" names no image: write CONTAINER=IMAGE, as web=nginx:1.28`)
  return { container, image }
}

/** What a patch has to say of each container. */
function changed(
  deployment: string,
  containers: readonly Container[],
  wanted: readonly { readonly container: string; readonly image: string }[],
): readonly { readonly name: string; readonly image: string }[] {
  const names = containers.map(({ name }) => name)
  const images = new Map<string, string>()
  for (const { container, image } of wanted) {
    if (container !== '*' && !names.includes(container))
      throw new CommandFailure(
        `${deployment} has no container "${container}"${didYouMean(container, names)} (there are ${names.join(', ')})`,
      )
    for (const name of container === '*' ? names : [container]) images.set(name, image)
  }
  return [...images].map(([name, image]) => ({ name, image }))
}
