/** `shoal run`: one pod from an image, and what it says. @module */
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { durationMs } from '../duration.ts'
import { ended } from '../ended.ts'
import { ApiFailure, CommandFailure, EXIT } from '../failure.ts'
import { podState, podTrouble, type Pod } from '../objects.ts'
import { safe } from '../print/safe.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { collect } from './apply.ts'
import { attached } from './attach.ts'

interface Options extends GlobalOptions {
  readonly image?: string
  readonly stdin?: boolean
  readonly tty?: boolean
  readonly rm?: boolean
  readonly restart: string
  readonly env?: readonly string[]
  readonly port?: string
  readonly labels?: string
  readonly imagePullPolicy?: string
  readonly command?: boolean
  readonly podRunningTimeout: string
}

/** How soon a pod that runs, or has ended, is seen. */
const LOOK_MS = 100
/** After its container has ended, its node says so. */
const ENDED_MS_MAX = 15_000

export function run(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('run')
    .summary('run an image as a pod')
    .description(
      'Runs an image as a pod. With -i or -t it is attached to, and its exit code is the one of this command.',
    )
    .argument('<name>', 'of the pod')
    .argument('[words...]', 'after --, the arguments of its program')
    .requiredOption('--image <image>', 'what to run')
    .option('-i, --stdin', 'give it what this command is given to read')
    .option('-t, --tty', 'on a terminal of its own')
    .option('--rm', 'delete it when it has ended')
    .option('--restart <policy>', 'Always, OnFailure or Never', 'Always')
    .option('--env <name=value>', 'a variable; may be said again', collect)
    .option('--port <number>', 'that it listens on')
    .option('--labels <labels>', 'app=web,tier=front')
    .option('--image-pull-policy <policy>', 'Always, IfNotPresent or Never')
    .option('--command', 'the words are the program and its arguments')
    .option('--pod-running-timeout <duration>', 'how long to wait until it runs', '1m')
    .action((name: string, words: string[], _options: unknown, self: Command) =>
      perform(name, words, { options: self.optsWithGlobals<Options>(), sessionOf }),
    )
  examples(
    command,
    'shoal run web --image=nginx:1.29 --port=80',
    'shoal run -it --rm --restart=Never try --image=busybox -- sh',
    'echo 6*7 | shoal run -i --rm --restart=Never sum --image=busybox --command -- bc',
  )
}

async function perform(
  name: string,
  words: readonly string[],
  { options, sessionOf }: { options: Options; sessionOf: SessionOf },
): Promise<void> {
  const session = sessionOf(options)
  const { stdin = false, tty = false, rm = false } = options
  const isAttached = stdin || tty
  if (rm && !isAttached) throw new CommandFailure('--rm waits for the end: say -i or -t too')
  if (tty && stdin && session.output.stdin?.isTTY !== true)
    throw new CommandFailure('-t needs a terminal to read from, and there is none: leave it out')
  const timeoutMs = durationMs('--pod-running-timeout', options.podRunningTimeout)
  const client = await session.client()
  const pods = `/api/v1/namespaces/${encodeURIComponent(session.namespace)}/pods`
  await client.ask({ method: 'POST', path: pods, body: podNamed(name, words, options) })
  if (!isAttached) return session.print(`pod/${name} created`)
  const path = `${pods}/${encodeURIComponent(name)}`
  try {
    await ended(() => followed({ client, session, path }, { stdin, tty, timeoutMs }))
  } finally {
    if (rm) await removed(client, session, { path, name })
  }
}

function podNamed(name: string, words: readonly string[], options: Options): Record<string, unknown> {
  const {
    image,
    imagePullPolicy,
    stdin = false,
    tty = false,
    restart,
    env = [],
    port,
    labels,
    command = false,
  } = options
  const given = words.length === 0 ? {} : command ? { command: words } : { args: words }
  const container = {
    name,
    image,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    ...given,
    ...(env.length === 0 ? {} : { env: env.map(variable) }),
    ...(port === undefined ? {} : { ports: [{ containerPort: portNumber(port) }] }),
    ...(stdin ? { stdin, stdinOnce: true } : {}),
    ...(tty ? { tty } : {}),
  }
  const metadata = {
    name,
    labels: labels === undefined ? { run: name } : Object.fromEntries(labels.split(',').map(pair)),
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { restartPolicy: restart, containers: [container] } }
}

function variable(word: string): { name: string; value: string } {
  const [name, value] = pair(word)
  return { name, value }
}

function pair(word: string): [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new CommandFailure(`"${word}": write NAME=VALUE`)
  return [word.slice(0, at), word.slice(at + 1)]
}

function portNumber(word: string): number {
  if (!/^\d{1,5}$/.test(word)) throw new CommandFailure(`--port "${word}": must be a number`)
  return Number(word)
}

interface Following {
  readonly client: Client
  readonly session: Session
  readonly path: string
}

async function followed(
  following: Following,
  { stdin, tty, timeoutMs }: { stdin: boolean; tty: boolean; timeoutMs: number },
): Promise<number> {
  const { client, session, path } = following
  const pod = await untilBegun(following, timeoutMs)
  if (exitCodeOf(pod) === undefined) {
    try {
      const code = await attached(client, session, { pod, attaching: { stdin, tty } })
      // It goes on in another run: this one was seen to its end.
      if (pod.spec?.restartPolicy === 'Always') return code
      return (await untilEnded(following)) ?? code
    } catch (error) {
      // It was quicker than we.
      if (!(error instanceof ApiFailure) || (await untilEnded(following)) === undefined) throw error
    }
  }
  const { body } = await client.ask({ method: 'GET', path: `${path}/log` })
  session.output.stdout.write(typeof body === 'string' ? body : JSON.stringify(body))
  return exitCodeOf(await client.get<Pod>(path)) ?? EXIT.error
}

async function untilBegun({ client, session, path }: Following, timeoutMs: number): Promise<Pod> {
  let told = ''
  for (let leftMs = timeoutMs; leftMs > 0; leftMs -= LOOK_MS) {
    const pod = await client.get<Pod>(path)
    const [status] = pod.status?.containerStatuses ?? []
    if (status?.state?.running !== undefined || exitCodeOf(pod) !== undefined) return pod
    const trouble = podTrouble(pod)
    if (trouble !== '' && trouble !== told) session.say(safe(`waiting: ${podState(pod)}: ${trouble}`))
    told = trouble
    await pause(LOOK_MS)
  }
  throw new CommandFailure(
    `it does not run within ${timeoutMs / 1_000} s${told === '' ? '' : `: ${told}`}`,
    EXIT.timeout,
  )
}

/** Its exit code; undefined where it goes on. */
async function untilEnded({ client, path }: Following): Promise<number | undefined> {
  for (let leftMs = ENDED_MS_MAX; leftMs > 0; leftMs -= LOOK_MS) {
    const code = exitCodeOf(await client.get<Pod>(path))
    if (code !== undefined) return code
    await pause(LOOK_MS)
  }
  return undefined
}

function exitCodeOf({ status }: Pod): number | undefined {
  const [first] = status?.containerStatuses ?? []
  return first?.state?.terminated?.exitCode
}

async function removed(
  client: Client,
  session: Session,
  { path, name }: { path: string; name: string },
): Promise<void> {
  await client.ask({ method: 'DELETE', path })
  session.say(`pod "${name}" deleted`)
}
