/**
 * Addresses of a node's API. On this machine: `unix:/run/shoal/shoal.sock`, `/run/shoal/shoal.sock`, `http://127.0.0.1:7443`,
 * `127.0.0.1:7443`, `:7443`, `7443`. On another: `https://10.0.0.11:6443`, `10.0.0.11:6443`, `10.0.0.11`, where a node asks for
 * a certificate of the cluster.
 *
 * @module
 */
import { isIP } from 'node:net'
import { API_PORT, API_TLS_PORT } from '../node/options.ts'
import { CommandFailure } from './failure.ts'

/** Who this is to a node that asks, and whom the node must prove to be. PEM. */
export interface Identity {
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** The name that the node's certificate must have. */
  readonly servername: string
}

/** `identity`: over TLS, as this one. */
export type Endpoint =
  | { readonly label: string; readonly socketPath: string }
  | { readonly label: string; readonly host: string; readonly port: number; readonly identity?: Identity }

/** An address as it was written: over TLS or not. */
export type Address =
  | { readonly label: string; readonly socketPath: string }
  | { readonly label: string; readonly host: string; readonly port: number; readonly isSecure: boolean }

/** [CLI103] Without a scheme this machine's loopback is asked in plain HTTP, whatever else over TLS. */
export function addressOf(text: string): Address {
  const bare = text.trim()
  const socketPath = bare.startsWith('unix:') ? bare.slice(5).replace(/^\/\/(?=\/)/, '') : bare
  if (socketPath.startsWith('/')) return { label: `unix:${socketPath}`, socketPath }
  const parts = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/\s]*)(?::(\d{1,5}))?\/?$/.exec(
    /^\d+$/.test(bare) ? `:${bare}` : bare,
  )
  const host = (parts?.[2] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1'
  const isSecure = parts?.[1] === 'https' || (parts?.[1] === undefined && !isLoopback(host))
  const port = Number(parts?.[3] ?? (isSecure ? API_TLS_PORT : API_PORT))
  if (bare === '' || parts === null || port > 65_535 || port === 0) {
    throw new CommandFailure(
      `"${text}" is no address of a node: write HOST:PORT, https://HOST:PORT, http://HOST:PORT or unix:/PATH`,
    )
  }
  const label = `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
  return { label, host, port, isSecure }
}

/** Over TLS where that is asked for, as this one. */
export function endpointAs(address: Address, identity: Identity): Endpoint {
  return isPlain(address) ? address : { ...address, identity }
}

/** Whether nobody is asked there who he is. */
export function isPlain(address: Address): boolean {
  return 'socketPath' in address || !address.isSecure
}

/** One that needs no identity. */
export function endpoint(text: string): Endpoint {
  const address = addressOf(text)
  if (isPlain(address)) return address
  throw new CommandFailure(`${address.label} is on another machine`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
