/** `shoal doctor`: looks at everything a node needs on this machine, and says what is wrong and what was tried. @module */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { configFile } from '../context.ts'
import { endpoint as endpointOf } from '../endpoint.ts'
import { EXIT } from '../failure.ts'
import { machine } from '../machine.ts'
import { nodeOptions, withNodeOptions } from '../node-command.ts'
import type { NodeCommandOptions } from '../node-command.ts'
import { safe } from '../print/safe.ts'
import type { ClusterInfo, PeerRow, Verification } from '../../node/index.ts'
import type { NodeOptions } from '../../node/options.ts'
import type { Session } from '../session.ts'

interface Finding {
  readonly state: 'good' | 'odd' | 'bad'
  readonly what: string
  readonly text: string
  /** Below it, one a line. */
  readonly more?: readonly string[]
}

/** As package.json's `engines`. */
const NODE_MIN = [20, 19] as const

export function doctor(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('doctor')
    .summary('find out what is wrong')
    .description(
      'Looks at this machine, the nodes that may be asked, their runtimes and the cluster. Exit code 1 if something is bad.',
    )
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<NodeCommandOptions>(), sessionOf))
  withNodeOptions(command, process.env, ['dataDir', 'apiSocket', 'dockerHost'])
  examples(command, 'shoal doctor', 'shoal doctor --node /run/shoal/shoal.sock')
}

async function run(given: NodeCommandOptions, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(given)
  const { green, yellow, red } = session.palette('stdout')
  const marks = { good: green('✔'), odd: yellow('!'), bad: red('✖') }
  const options = await nodeOptions(session, given)
  const findings = [
    nodeJs(),
    config(session),
    await engines(session, options),
    await here(options),
    ...(await doors(session, given)),
  ]
  for (const { state, what, text, more = [] } of findings) {
    session.print(`${marks[state]} ${what.padEnd(10)} ${safe(text)}`)
    for (const line of more) session.print(`${' '.repeat(13)}${safe(line)}`)
  }
  if (findings.some(({ state }) => state === 'bad')) process.exitCode = EXIT.error
}

function config({ env }: Session): Finding {
  const file = configFile(env)
  const text = existsSync(file) ? file : `none yet: ${file} is written by \`shoal up\``
  return { state: 'good', what: 'config', text }
}

/** [CLI56] Looked for by this command itself: it is asked most where no node runs. */
async function engines({ env }: Session, { dockerHost }: NodeOptions): Promise<Finding> {
  const { lookForEngines } = await import('../../node/main.ts')
  const here = machine(env)
  const looked = await lookForEngines({
    env,
    home: here.homeDir,
    userId: process.getuid?.() ?? 0,
    ...(dockerHost === undefined ? {} : { dockerHost }),
  })
  const answering = looked.filter(({ why }) => why === undefined)
  if (answering.length > 0)
    return { state: 'good', what: 'engine', text: answering.map(({ place }) => place).join(', ') }
  return {
    state: 'odd',
    what: 'engine',
    text: 'no container engine answers: pods run as plain processes. Looked at',
    more: looked.map(({ place, why }) => `${place}: ${why}`),
  }
}

async function here({ dataDir }: NodeOptions): Promise<Finding> {
  const { liveHolderOf } = await import('../../node/main.ts')
  const holder = await liveHolderOf(dataDir)
  const text = holder === undefined ? `no node runs in ${dataDir}` : `runs in ${dataDir}, pid ${holder.pid}`
  return { state: 'good', what: 'node', text }
}

/** [CLOCK4] */
export function clock({ clockTrouble }: Pick<ClusterInfo, 'clockTrouble'>): Finding {
  if (clockTrouble === undefined)
    return { state: 'good', what: 'clock', text: 'differs from none of those that the node hears' }
  return { state: clockTrouble.isRefusing ? 'bad' : 'odd', what: 'clock', text: clockTrouble.says }
}

function nodeJs(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isOld = major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])
  return {
    state: isOld ? 'bad' : 'good',
    what: 'node.js',
    text: `${process.version}${isOld ? `, ${NODE_MIN.join('.')} or later is needed` : ''}`,
  }
}

/** Each address that may be asked, then what the first that answers says. */
async function doors(session: Session, { apiSocket }: NodeCommandOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  let answering: Client | undefined
  const all =
    apiSocket === undefined
      ? [...(await session.endpoints()), ...(await session.further())]
      : [endpointOf(`unix:${apiSocket}`)]
  for (const endpoint of all) {
    const client = new Client({ endpoints: [endpoint], answerMs: 5_000 })
    try {
      const { name } = await client.get<ClusterInfo>('/shoal/v1/info')
      findings.push({ state: 'good', what: 'api', text: `${endpoint.label} is answered by ${name}` })
      answering ??= client
    } catch (error) {
      const [, tried = (error as Error).message] = (error as Error).message.split('\n')
      findings.push({ state: 'odd', what: 'api', text: tried.trim() })
    }
  }
  if (answering === undefined)
    return [
      ...findings,
      { state: 'bad', what: 'api', text: 'no node answers: start one with `shoal up`, or name one with --node' },
    ]
  return [...findings, ...(await inside(answering))]
}

async function inside(client: Client): Promise<readonly Finding[]> {
  const info = await client.get<ClusterInfo>('/shoal/v1/info')
  const { peers } = await client.get<{ peers: readonly PeerRow[] }>('/shoal/v1/peers')
  const verification = await client.get<Verification>('/shoal/v1/verify')
  const away = peers.filter(({ verdict }) => verdict !== 'alive')
  return [
    {
      state: info.runtimes.length === 0 ? 'bad' : 'good',
      what: 'runtimes',
      text: info.runtimes.join(', ') || 'none: no pod can start on this node',
    },
    ...Object.entries(info.runtimeTrouble).map(([name, why]): Finding => ({ state: 'odd', what: name, text: why })),
    { state: 'good', what: 'state', text: info.dataDir },
    clock(info),
    {
      state: away.length === 0 ? 'good' : 'odd',
      what: 'members',
      text:
        away.length === 0
          ? `${peers.length}, all alive`
          : `${peers.length}, of which ${away.map(({ name, verdict }) => `${name} is ${verdict}`).join(', ')}`,
    },
    {
      state: verification.agree ? 'good' : 'odd',
      what: 'agreement',
      text: verification.agree ? 'the nodes that answer hold the same state' : 'nodes differ: look with `shoal verify`',
    },
  ]
}
