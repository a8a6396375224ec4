/**
 * What `up` and `join` have in common: options of a node from flags, environment and file; the node in the foreground or in
 * the background; and the lines that tell how to go on.
 *
 * @module
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { ClusterInfo, PeerRow, Ticket } from '../node/index.ts'
import { OPTION_ROWS, parseOptions, toRemember } from '../node/options.ts'
import type { Given, NodeOptions, Sources } from '../node/options.ts'
import { collect } from './commands/apply.ts'
import { rememberPeer } from './context.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { machine } from './machine.ts'
import type { Environment } from './machine.ts'
import { clientOf, running, startInBackground } from './node-process.ts'
import type { GlobalOptions, Session } from './session.ts'

export interface NodeCommandOptions extends GlobalOptions, Sources {
  readonly foreground?: boolean
  readonly config?: string
}

/** One flag per option of a node, or those alone that a command takes. */
export function withNodeOptions(command: Command, env: Environment, keys?: readonly (keyof Sources)[]): Command {
  const here = machine(env)
  const rows = OPTION_ROWS.filter(({ key }) => keys?.includes(key) ?? true)
  for (const { key, flag, env: variable, help, fallback } of rows) {
    const byDefault = fallback(here)
    const text = `${help} (${byDefault === undefined ? '' : `default ${byDefault}, `}env ${variable})`
    if (key === 'label' || key === 'hostPath' || key === 'apiName')
      command.option(flag.replace('...', ''), text, collect)
    else command.option(flag, text)
  }
  return command.option('--config <file>', 'file with the same options, as YAML')
}

export function withForeground(command: Command): Command {
  return command.option('--foreground', 'stay, and log to stderr: for systemd and containers')
}

export async function nodeOptions(session: Session, given: NodeCommandOptions, ticket?: string): Promise<NodeOptions> {
  const fileName = given.config ?? configFile(session)
  const said = {
    flags: given,
    env: session.env,
    file: await fromFile(fileName, given.config !== undefined),
    fileName,
    machine: machine(session.env),
    ...(ticket === undefined ? {} : { ticket }),
  }
  const { dataDir } = parsed(said)
  return parsed({ ...said, remembered: rememberedIn(dataDir) })
}

function parsed(given: Given): NodeOptions {
  const outcome = parseOptions(given)
  if (!outcome.ok) throw new CommandFailure(outcome.errors.join('\n'))
  return outcome.options
}

const REMEMBERED = 'options.json'

/** [OPT5] Nothing where it was never started, or the file is none. */
function rememberedIn(dataDir: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dataDir, REMEMBERED), 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** For the next start. A node that cannot write it down runs all the same. */
function rememberOptions(session: Session, given: NodeCommandOptions, { dataDir }: NodeOptions): void {
  const kept = toRemember({ flags: given, env: session.env, remembered: rememberedIn(dataDir) })
  const file = join(dataDir, REMEMBERED)
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch (error) {
    session.say(`Warning: its options were not noted for the next start: ${(error as Error).message}`)
  }
}

function configFile({ env }: Session): string {
  const here = machine(env)
  return here.isRoot
    ? '/etc/shoal/config.yaml'
    : `${env['XDG_CONFIG_HOME'] || `${here.homeDir}/.config`}/shoal/node.yaml`
}

async function fromFile(file: string, mustBe: boolean): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !mustBe) return {}
    throw new CommandFailure(`the configuration ${file} cannot be read: ${(error as Error).message}`)
  }
  const { parse } = await import('yaml')
  try {
    const value: unknown = parse(text)
    if (value === null || value === undefined) return {}
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw new CommandFailure(`the configuration ${file} is no YAML: ${(error as Error).message}`)
  }
  throw new CommandFailure(`the configuration ${file} must be a map of options`)
}

/** Starts the node and tells how to go on. In the foreground it returns when the node has ended. */
export async function bringUp(session: Session, options: NodeOptions, given: NodeCommandOptions): Promise<void> {
  if (given.foreground === true) return runNode(options, () => rememberOptions(session, given, options))
  const before = await running(options)
  if (before !== undefined) {
    if (options.begin.how === 'join')
      throw new CommandFailure(
        `node ${before.name} of cluster ${before.clusterId} runs here already (${options.apiSocket}): stop it first (\`shoal down\`), or start another with --data-dir, --api-socket, --listen and --api`,
      )
    session.print(`node ${before.name} runs here already`)
    return
  }
  const begunMs = performance.now()
  const { info: first, pid, logFile } = await startInBackground(options)
  rememberOptions(session, given, options)
  const info = options.begin.how === 'join' ? await acquainted(options, first) : first
  remember(session, info)
  session.print(readyText(info, { elapsedMs: performance.now() - begunMs, palette: session.palette('stdout') }))
  session.print(
    `  log ${logFile}; pid ${pid}; \`shoal down${whichNode(session, options)}\` stops it (pods run on); at boot: docs/systemd/shoal.service\n`,
  )
  if (info.name !== options.name)
    session.say(
      `Warning: another member is called ${options.name}, so this node is ${info.name}. To choose: \`shoal down\`, then \`shoal up --name NAME\``,
    )
  if (isWithoutTls(options, info))
    session.say(
      `Warning: its API does not answer over TLS, so kubectl on other machines finds no door here; if port ${options.apiTls?.port} is taken, choose another with --api-tls HOST:PORT (the log says why)`,
    )
  session.print(await nextText(options))
}

/** [KUBE5] It was not asked for, and is not there. */
const isWithoutTls = ({ apiTls }: Pick<NodeOptions, 'apiTls'>, { api }: Pick<ClusterInfo, 'api'>): boolean =>
  apiTls !== undefined && !api.some((url) => url.startsWith('https:'))

/** What has to be said of a node for other commands to find it: nothing of the usual one. */
export function whichNode({ env }: Session, { dataDir }: Pick<NodeOptions, 'dataDir'>): string {
  const usual = OPTION_ROWS.find(({ key }) => key === 'dataDir')?.fallback(machine(env))
  return dataDir === usual ? '' : ` --data-dir ${dataDir}`
}

/** How long a node that has just joined is given to hear of the other members, before they are named. */
const ACQUAINT_MS_MAX = 5_000

/** A node that joins is ready at once, and hears of the others with the first sync. Their certificates came with the ticket. */
async function acquainted(options: NodeOptions, first: ClusterInfo): Promise<ClusterInfo> {
  const begunMs = performance.now()
  const client = clientOf(options)
  while (performance.now() - begunMs < ACQUAINT_MS_MAX) {
    const { peers } = await client.get<{ peers: readonly PeerRow[] }>('/shoal/v1/peers')
    if (peers.length > 1) break
    await sleep(50)
  }
  return (await running(options)) ?? first
}

/** Until a signal or the node itself ends it. Pods outlive it: only the agent stops. */
export async function runNode(options: NodeOptions, onStarted: () => void = () => {}): Promise<void> {
  const { startNode } = await import('../node/main.ts')
  const node = await startNode(options).catch((error: unknown) => {
    throw new CommandFailure((error as Error).message)
  })
  onStarted()
  const signal = new Promise<undefined>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        resolve(undefined)
        // Whoever asks twice does not want to wait.
        process.once(name, () => process.exit(EXIT.error))
      })
    }
  })
  const fatal = await Promise.race([node.fatal, signal])
  if (fatal === undefined) {
    await node.stop()
    process.exit(EXIT.ok)
  }
  // [CLI133] What ended it may keep it from ending well: that is no news.
  await node.stop().catch(() => {})
  throw new CommandFailure(fatal)
}

/** A context that knows this node, for when it is the only one left. */
function remember(session: Session, info: ClusterInfo): void {
  const tcp = info.api.find((url) => url.startsWith('http:')) ?? info.api[0]
  try {
    if (tcp !== undefined) rememberPeer(session.env, tcp)
  } catch (error) {
    session.say(`Warning: the node was not noted in the configuration: ${(error as Error).message}`)
  }
}

type Palette = ReturnType<Session['palette']>

export function readyText(info: ClusterInfo, { elapsedMs, palette }: { elapsedMs: number; palette: Palette }): string {
  const { green, yellow, dim } = palette
  const good = green('✔')
  const [runtime] = info.runtimes
  const troubles = Object.entries(info.runtimeTrouble).map(([name, why]) => `  ${yellow('!')} ${name.padEnd(9)} ${why}`)
  return [
    `  ${good} node      ${info.name}  (${info.platform})  ${dim(`${(elapsedMs / 1_000).toFixed(1)}s`)}`,
    runtime === undefined
      ? `  ${yellow('!')} runtime   none answers: no pod can start here`
      : `  ${good} runtime   ${info.runtimes.join(', ')}`,
    ...troubles,
    `  ${good} state     ${info.dataDir}  cluster ${info.clusterId.slice(0, 12)}, ${info.members} ${info.members === 1 ? 'member' : 'members'}`,
    `  ${good} api       ${info.api.join('  ')}`,
    '',
  ].join('\n')
}

async function nextText(options: NodeOptions): Promise<string> {
  const client = clientOf(options)
  if (options.begin.how === 'join') {
    const { peers } = await client.get<{ peers: readonly PeerRow[] }>('/shoal/v1/peers')
    return `  You can now use shoal on any of: ${peers
      .map(({ name }) => name)
      .toSorted()
      .join(' ')}`
  }
  const { joins } = (await client.ask({ method: 'POST', path: '/shoal/v1/token' })).body as Ticket
  return [
    '  Add a machine (the ticket is good for 1 h):',
    `    shoal join ${joins[0] ?? ''}`,
    '  Next: shoal apply -f web.yaml',
  ].join('\n')
}
