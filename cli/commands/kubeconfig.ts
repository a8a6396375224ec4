/** `shoal kubeconfig`: lets kubectl in, from anywhere. @module */
import { generateKeyPairSync } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import type { CertificateAnswer } from '../../node/index.ts'
import { CLUSTER_NAME } from '../../node/options.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { durationMs } from '../duration.ts'
import { CommandFailure } from '../failure.ts'
import { kubeconfigFiles, readKubeconfig } from '../identity.ts'
import { commonPort, hostsLines, kubeconfigOf, merged } from '../kubeconfig.ts'
import { userName, type GlobalOptions } from '../session.ts'

interface Options extends GlobalOptions {
  readonly user?: string
  readonly valid: string
  readonly name: string
  readonly server?: string
  readonly merge?: boolean
  readonly output?: string
}

export function kubeconfig(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('kubeconfig')
    .summary('let kubectl in')
    .description(
      'Writes a configuration for kubectl, helm and their like: a key, a certificate for it, and where the nodes answer. Whoever has it may do everything in the cluster until the certificate ends: treat it as a password.',
    )
    .option('--user <name>', 'as whom its owner acts and is told of (default: your own name)')
    .option('--valid <duration>', 'how long it is good', '365d')
    .option('--name <name>', 'name of the context', CLUSTER_NAME)
    .option('--server <url>', 'one address alone, as https://10.0.0.5:6443, instead of all nodes')
    .option('--merge', 'write it into the configuration that kubectl reads ($KUBECONFIG, ~/.kube/config)')
    .option('-o, --output <file>', 'write it into this file')
    .action((_options: unknown, self: Command) => run(self.optsWithGlobals<Options>(), sessionOf))
  examples(
    command,
    'shoal kubeconfig --merge',
    'shoal kubeconfig --user ada --valid 8h -o ada.yaml',
    'KUBECONFIG=ada.yaml kubectl get pods',
  )
}

async function run(options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  if (options.merge === true && options.output !== undefined)
    throw new CommandFailure('--merge and -o both say where to write: choose one')
  const lifeSeconds = validSeconds(options)
  const server = options.server === undefined ? undefined : serverUrl(options.server)
  const client = await session.client()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const asked = {
    user: options.user ?? userName(),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }),
    lifeSeconds,
  }
  const answer = (await client.ask({ method: 'POST', path: '/shoal/v1/client-certificate', body: asked }))
    .body as CertificateAnswer
  if (answer.servers.length === 0 && server === undefined)
    throw new CommandFailure(
      'no node answers over TLS: start them without `--api-tls off`, with `--api-tls HOST:PORT` where another program has port 6443, or name a way to one with --server',
    )
  const isNameKnown = server === undefined && (await leadsSomewhere(CLUSTER_NAME))
  const own = kubeconfigOf({
    answer,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    name: options.name,
    isNameKnown,
    ...(server === undefined ? {} : { server }),
  })
  const file = options.merge === true ? kubeconfigFiles(session.env)[0] : options.output
  const { parse, stringify } = await import('yaml')
  const before = options.merge === true && file !== undefined ? readKubeconfig(file, parse) : {}
  const text = stringify(merged(before, own), { lineWidth: 0 })
  if (file === undefined) session.print(text)
  else writeConfig(file, text)
  session.say(
    explained({ answer, file, name: options.name, current: own.current, isNameKnown, isAlone: server !== undefined }),
  )
}

function explained(told: {
  answer: CertificateAnswer
  file: string | undefined
  name: string
  current: string
  isNameKnown: boolean
  isAlone: boolean
}): string {
  const { answer, file, name, current, isNameKnown, isAlone } = told
  const until = new Date(answer.expiresAtMs).toISOString().slice(0, 16).replace('T', ' ')
  const where = file === undefined ? '' : `written to ${file}; `
  const first = `${where}user ${answer.user} (${answer.groups.join(', ')}) until ${until} UTC, context ${current}`
  if (isAlone) return first
  const odd = answer.servers.filter(({ address }) => !address.endsWith(`:${commonPort(answer)}`))
  return [
    first,
    isNameKnown
      ? `The name "${CLUSTER_NAME}" leads to the nodes: kubectl goes on to the next one by itself where one is down. Nodes that are not listed there yet:`
      : `To reach whichever node lives, let the name "${CLUSTER_NAME}" have the addresses of all: kubectl tries one after the other. In /etc/hosts, or as A records:`,
    ...hostsLines(answer).map((line) => `  ${line}`),
    ...(isNameKnown ? [] : [`Then: kubectl config use-context ${name}`]),
    ...odd.map(({ node, address }) => `Not by that name, since its port is another one: ${node} (${address})`),
  ].join('\n')
}

async function leadsSomewhere(name: string): Promise<boolean> {
  try {
    await lookup(name)
    return true
  } catch {
    return false
  }
}

const YEAR_SECONDS = 366 * 86_400

function validSeconds({ valid }: Options): number {
  const seconds = Math.ceil(durationMs('--valid', valid) / 1_000)
  if (seconds < 1 || seconds > 10 * YEAR_SECONDS)
    throw new CommandFailure(`--valid "${valid}": must be between 1s and 3660d`)
  return seconds
}

function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '') return text.replace(/\/$/, '')
  throw new CommandFailure(`--server "${text}": must be https://HOST:PORT`)
}

/** Whole or not at all, and for its owner alone: it holds a key. */
function writeConfig(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const beside = `${file}.${process.pid}`
    writeFileSync(beside, text, { mode: 0o600 })
    renameSync(beside, file)
  } catch (error) {
    throw new CommandFailure(`${file} cannot be written: ${(error as Error).message}`)
  }
}
