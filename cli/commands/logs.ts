/** `shoal logs`: the output of all replicas, from whichever nodes they run on. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { durationMs } from '../duration.ts'
import { CommandFailure, EXIT, isNotFound } from '../failure.ts'
import { keyOf, Kinds } from '../kinds.ts'
import { colours } from '../print/colour.ts'
import { safe } from '../print/safe.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { workloads } from './scale.ts'

interface Options extends GlobalOptions {
  readonly follow?: boolean
  readonly container?: string
  readonly tail?: string
  readonly since?: string
  readonly timestamps?: boolean
  readonly previous?: boolean
  /** `false` for `--no-prefix`. */
  readonly prefix: boolean
}

/** A line as `/shoal/v1/logs` sends it. */
interface Line {
  readonly pod: string
  readonly node: string
  readonly container: string
  readonly line?: string
  readonly trouble?: string
}

export function logs(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('logs')
    .summary('show the output of all replicas')
    .description('Shows the output of all replicas of a Deployment, or of one pod, from any node.')
    .argument('<what>', 'web, deploy/web, pod/web-7c9d8f-a1b2c')
    .option('-f, --follow', 'go on, also with replicas that appear')
    .option('-c, --container <name>', 'only this container')
    .option('--tail <lines>', 'only the last lines of each')
    .option('--since <duration>', 'only of the last 90s, 5m, 1h')
    .option('--timestamps', 'with the time of each line')
    .option('-p, --previous', 'of the run before this one')
    .option('--no-prefix', 'without the name of the pod')
    .action((what: string, _options: unknown, self: Command) => run(what, self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal logs web', 'shoal logs -f web --tail 20', 'shoal logs pod/web-7c9d8f-a1b2c --previous')
}

async function run(what: string, options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const query = queryOf(options)
  const client = await session.client()
  const kinds = await Kinds.of(client)
  const [named] = workloads(kinds, [what])
  if (named?.name === undefined) throw new CommandFailure('name a Deployment or a pod: `shoal logs web`')
  if (named.kind.kind !== 'Deployment' && named.kind.kind !== 'Pod')
    throw new CommandFailure(
      `a ${named.kind.kind} has no output: name a Deployment or a pod, as \`shoal logs web\` or \`shoal logs pod/NAME\``,
    )
  const key = keyOf(named.kind, session.namespace, named.name)
  const subject = named.kind.kind === 'Pod' ? { pod: key } : { workload: key }
  const print = printer(session, options)
  const seen = { lines: 0, troubles: 0 }
  const show = async (of: Readonly<Record<string, string>>): Promise<void> => {
    for await (const line of client.lines<Line>('/shoal/v1/logs', { ...of, ...query })) {
      seen[line.line === undefined ? 'troubles' : 'lines'] += 1
      print(line)
    }
  }
  const isBare = !what.includes('/')
  await show(subject).catch(async (error: unknown) => {
    if (!isBare || !isNotFound(error)) throw error
    // [CLI98] A pod that somebody wrote has a name of its own.
    const pod = keyOf(kinds.named('pod'), session.namespace, named.name as string)
    await show({ pod }).catch((other: unknown) => {
      if (!isNotFound(other)) throw other
      throw new CommandFailure(
        `there is neither a Deployment nor a Pod "${named.name}" in namespace ${session.namespace}`,
      )
    })
  })
  if (seen.lines === 0 && seen.troubles > 0) process.exitCode = EXIT.error
}

function queryOf({
  follow,
  container,
  tail,
  since,
  timestamps,
  previous,
}: Options): Record<string, string | undefined> {
  if (tail !== undefined && !/^\d+$/.test(tail)) throw new CommandFailure(`--tail "${tail}": must be a number of lines`)
  return {
    container,
    tailLines: tail,
    follow: follow === true ? 'true' : undefined,
    timestamps: timestamps === true ? 'true' : undefined,
    previous: previous === true ? 'true' : undefined,
    sinceSeconds: since === undefined ? undefined : String(Math.ceil(durationMs('--since', since) / 1_000)),
  }
}

/** [CLI40] What a container prints reaches a terminal without its escape sequences; a file gets every byte. */
function printer(session: Session, { prefix }: Options): (line: Line) => void {
  const isTty = session.output.stdout.isTTY === true
  const palette = session.palette('stdout')
  const colourOf = colours()
  return ({ pod, node, container, line, trouble }) => {
    if (line === undefined) return session.say(`${pod} on ${node}, container ${container}: ${safe(trouble ?? '')}`)
    const name = prefix ? `${palette[colourOf(pod)](pod)} ` : ''
    session.print(`${name}${isTty ? safe(line) : line}\n`)
  }
}
