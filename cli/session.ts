/**
 * What a command gets to work with: where to print, whom to ask, and which namespace is meant.
 *
 * @module
 */
import { userInfo } from 'node:os'
import type { Readable } from 'node:stream'
import type { Client } from './client.ts'
import { chosenContext, readConfig } from './context.ts'
import { endpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
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
    this.#client ??= import('./client.ts').then(
      ({ Client }) =>
        new Client({
          endpoints: this.endpoints(),
          user: userName(),
          onWarning: (text) => this.#warn(text),
        }),
    )
    return this.#client
  }

  /**
   * [CLI1] A node that was named is the one to ask, and no other. Else: a node on this machine, then those of the context
   * in turn.
   */
  endpoints(): readonly Endpoint[] {
    const named = this.#options.node ?? (this.env['SHOAL_NODE'] ? this.env['SHOAL_NODE'].split(',') : [])
    if (named.length > 0) return named.map(endpoint)
    const local = localSockets(this.env).map((path) => `unix:${path}`)
    return distinct([...local, ...this.#context().peers].map(endpoint))
  }

  /** Once a command: what the trial of an object warned of, its write repeats. */
  #warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.say(`${this.palette('stderr').yellow('Warning:')} ${text}`)
  }

  #context(): { peers: readonly string[]; namespace?: string } {
    return chosenContext(readConfig(this.env), this.#options.context ?? (this.env['SHOAL_CONTEXT'] || undefined))
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
