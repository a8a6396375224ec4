/**
 * What the command line remembers: contexts, each a list of nodes that may be asked, and the namespace to use. In
 * `$SHOAL_CONFIG`, else `$XDG_CONFIG_HOME/shoal/config.json`.
 *
 * There is no master to point at, so a context is a list: whichever of its nodes answers speaks for the cluster.
 *
 * @module
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommandFailure } from './failure.ts'
import { machine } from './machine.ts'
import type { Environment } from './machine.ts'

export interface Context {
  readonly peers: readonly string[]
  readonly namespace?: string
}

export interface Config {
  readonly current: string
  readonly contexts: Readonly<Record<string, Context>>
}

/** More than anybody waits for in turn. */
const PEERS_MAX = 16

const EMPTY: Config = { current: 'default', contexts: {} }

export function configFile(env: Environment): string {
  return env['SHOAL_CONFIG'] || `${env['XDG_CONFIG_HOME'] || `${machine(env).homeDir}/.config`}/shoal/config.json`
}

export function readConfig(env: Environment): Config {
  const file = configFile(env)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY
    throw new CommandFailure(`the configuration ${file} cannot be read: ${(error as Error).message}`)
  }
  return parseConfig(text, file)
}

function parseConfig(text: string, file: string): Config {
  try {
    const { current, contexts } = JSON.parse(text) as { current?: unknown; contexts?: unknown }
    const entries = Object.entries((contexts ?? {}) as Record<string, { peers?: unknown; namespace?: unknown }>)
    return {
      current: typeof current === 'string' ? current : EMPTY.current,
      contexts: Object.fromEntries(entries.map(([name, each]) => [name, contextOf(each)])),
    }
  } catch (error) {
    throw new CommandFailure(`the configuration ${file} is damaged (${(error as Error).message}): mend or remove it`)
  }
}

function contextOf({ peers, namespace }: { peers?: unknown; namespace?: unknown }): Context {
  const list = Array.isArray(peers) ? peers.filter((each) => typeof each === 'string').slice(0, PEERS_MAX) : []
  return { peers: list, ...(typeof namespace === 'string' ? { namespace } : {}) }
}

export const isContext = ({ contexts }: Config, name: string): boolean => Object.hasOwn(contexts, name)

/** The context to use. */
export function chosenContext({ current, contexts }: Config, asked: string | undefined): Context {
  const name = asked ?? current
  return (Object.hasOwn(contexts, name) ? contexts[name] : undefined) ?? { peers: [] }
}

/** Puts an address first in the list of the current context. */
export function rememberPeer(env: Environment, peer: string): void {
  const config = readConfig(env)
  const context = chosenContext(config, undefined)
  const peers = [peer, ...context.peers.filter((each) => each !== peer)].slice(0, PEERS_MAX)
  const next: Config = { ...config, contexts: { ...config.contexts, [config.current]: { ...context, peers } } }
  const file = configFile(env)
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, `${JSON.stringify(next, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, file)
}
