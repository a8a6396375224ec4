/** `shoal doctor`: looks at everything a node needs on this machine, and says what is wrong and what was tried. @module */
import type { Command } from 'commander'
import { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { configFile } from '../context.ts'
import { EXIT } from '../failure.ts'
import { safe } from '../print/safe.ts'
import type { ClusterInfo, PeerRow, Verification } from '../../node/index.ts'
import type { GlobalOptions, Session } from '../session.ts'

type Finding = { readonly state: 'good' | 'odd' | 'bad'; readonly what: string; readonly text: string }

/** As package.json's `engines`. */
const NODE_MIN = [20, 19] as const

export function doctor(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('doctor')
    .summary('find out what is wrong')
    .description(
      'Looks at this machine, the nodes that may be asked, their runtimes and the cluster. Exit code 1 if something is bad.',
    )
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<GlobalOptions>(), sessionOf))
  examples(command, 'shoal doctor', 'shoal doctor --node 127.0.0.1:7443')
}

async function run(options: GlobalOptions, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const { green, yellow, red } = session.palette('stdout')
  const marks = { good: green('✔'), odd: yellow('!'), bad: red('✖') }
  const findings = [
    nodeJs(),
    { state: 'good', what: 'config', text: configFile(session.env) } as const,
    ...(await doors(session)),
  ]
  for (const { state, what, text } of findings) session.print(`${marks[state]} ${what.padEnd(10)} ${safe(text)}`)
  if (findings.some(({ state }) => state === 'bad')) process.exitCode = EXIT.error
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
async function doors(session: Session): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  let answering: Client | undefined
  for (const endpoint of session.endpoints()) {
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
