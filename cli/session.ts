/**
 * What a command gets to work with: where to print, whom to ask, and which namespace is meant.
 *
 * @module
 */
import { userInfo } from 'node:os'
import type { Readable } from 'node:stream'
import type { Client } from './client.ts'
import { chosenContext, isContext, readConfig } from './context.ts'
import { addressOf, endpoint, endpointAs, isPlain } from './endpoint.ts'
import type { Address, Endpoint, Identity } from './endpoint.ts'
import { CommandFailure } from './failure.ts'
import type { Access } from './identity.ts'
import { localSockets } from './machine.ts'
import type { Environment } from './machine.ts'
import { palette, wantsColour } from './print/colour.ts'
import type { Palette } from './print/colour.ts'

/** Options every command takes. */
export interface GlobalOptions {
  readonly node?: readonly string[]
  readonly context?: string
  readonly namespace?: string
  readonly color?: boolean
}

export interface Output {
  /** Data: what a script reads. */
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean
    readonly columns?: number
    readonly rows?: number
  }
  /** Messages and progress: what a person reads. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  /** What a command is given to read; absent: nothing. */
  readonly stdin?: Input
}

export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown }

export class Session {
  readonly env: Environment
  readonly output: Output
  readonly #options: GlobalOptions
  readonly #warned = new Set<string>()
  #client: Promise<Client> | undefined

  constructor({ env, output, options }: { env: Environment; output: Output; options: GlobalOptions }) {
    this.env = env
    this.output = output
    this.#options = options
  }

  /** Ends the line where it is not ended. Nothing prints nothing. */
  print(text: string): void {
    if (text === '') return
    this.output.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  say(text: string): void {
    this.output.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Colours for what is printed to stdout, or to stderr. */
  palette(stream: 'stdout' | 'stderr'): Palette {
    return palette(
      wantsColour({ env: this.env, isTty: this.output[stream].isTTY === true, option: this.#options.color }),
    )
  }

  get namespace(): string {
    return this.askedNamespace ?? this.#context().namespace ?? 'default'
  }

  /** The namespace if one was named for this command. */
  get askedNamespace(): string | undefined {
    return this.#options.namespace ?? (this.env['SHOAL_NAMESPACE'] || undefined)
  }

  /** Loaded late: commands that ask nobody start without it. */
  client(): Promise<Client> {
    this.#client ??= Promise.all([import('./client.ts'), this.endpoints()]).then(
      ([{ Client }, endpoints]) =>
        new Client({
          endpoints,
          further: () => this.further(),
          user: userName(),
          onWarning: (text) => this.#warn(text),
        }),
    )
    return this.#client
  }

  /**
   * [CLI1] A node that was named is the one to ask, and no other. Else: a node on this machine, then those of the context
   * in turn. A context of kubectl's that was asked for is asked alone.
   */
  async endpoints(): Promise<readonly Endpoint[]> {
    const named = this.#named()
    if (named.length > 0) return Promise.all(named.map((text) => this.#endpoint(addressOf(text))))
    if (this.#isKubectls()) return this.#everywhere()
    const local = localSockets(this.env).map((path) => `unix:${path}`)
    const peers = await Promise.all(this.#context().peers.map((text) => this.#endpoint(addressOf(text))))
    return distinct([...local.map(endpoint), ...peers])
  }

  /** [CLI104] Where none of these answers: whom kubectl would ask, on other machines. Read then only. */
  async further(): Promise<readonly Endpoint[]> {
    return this.#named().length > 0 || this.#isKubectls() ? [] : this.#everywhere()
  }

  #named(): readonly string[] {
    return this.#options.node ?? (this.env['SHOAL_NODE'] ? this.env['SHOAL_NODE'].split(',') : [])
  }

  /** Over TLS where it is to be, as who the kubeconfig says. */
  async #endpoint(address: Address): Promise<Endpoint> {
    return isPlain(address) ? address : endpointAs(address, await this.#identity(address.label))
  }

  async #identity(label: string): Promise<Identity> {
    const [access] = await this.#accesses()
    if (access !== undefined) return access.identity
    const { kubeconfigFiles } = await import('./identity.ts')
    throw new CommandFailure(
      `${label} asks for a certificate of the cluster, and none is in ${kubeconfigFiles(this.env).join(', ')}: \`shoal kubeconfig -o FILE\` on a machine with a node makes one; KUBECONFIG=FILE names it here`,
    )
  }

  async #everywhere(): Promise<readonly Endpoint[]> {
    return distinct((await this.#accesses()).map(({ address, identity }) => endpointAs(address, identity)))
  }

  async #accesses(): Promise<readonly Access[]> {
    const { accesses } = await import('./identity.ts')
    return accesses(this.env, this.#isKubectls() ? this.#askedContext : undefined)
  }

  get #askedContext(): string | undefined {
    return this.#options.context ?? (this.env['SHOAL_CONTEXT'] || undefined)
  }

  /** Whether a context was asked for that is none of ours. */
  #isKubectls(): boolean {
    const asked = this.#askedContext
    return asked !== undefined && !isContext(readConfig(this.env), asked)
  }

  /** Once a command: what the trial of an object warned of, its write repeats. */
  #warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.say(`${this.palette('stderr').yellow('Warning:')} ${text}`)
  }

  #context(): { peers: readonly string[]; namespace?: string } {
    return chosenContext(readConfig(this.env), this.#askedContext)
  }
}

function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...new Map(endpoints.map((each) => [each.label, each])).values()]
}

export function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A uid without a name, as in a container.
    return `uid${process.getuid?.() ?? ''}`
  }
}
