/**
 * Addresses of a node's API: `unix:/run/shoal/shoal.sock`, `/run/shoal/shoal.sock`, `http://127.0.0.1:7443`,
 * `127.0.0.1:7443`, `:7443`, `7443`.
 *
 * @module
 */
import { API_PORT } from '../node/options.ts'
import { CommandFailure } from './failure.ts'

export type Endpoint =
  | { readonly label: string; readonly socketPath: string }
  | { readonly label: string; readonly host: string; readonly port: number }

export function endpoint(text: string): Endpoint {
  const bare = text.trim()
  const socketPath = bare.startsWith('unix:') ? bare.slice(5).replace(/^\/\/(?=\/)/, '') : bare
  if (socketPath.startsWith('/')) return { label: `unix:${socketPath}`, socketPath }
  const parts = /^(?:http:\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/\s]*)(?::(\d{1,5}))?\/?$/.exec(
    /^\d+$/.test(bare) ? `:${bare}` : bare,
  )
  const port = Number(parts?.[2] ?? API_PORT)
  if (bare === '' || parts === null || port > 65_535 || port === 0) {
    throw new CommandFailure(`"${text}" is no address of a node: write HOST:PORT, http://HOST:PORT or unix:/PATH`)
  }
  const host = (parts[1] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1'
  return { label: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, host, port }
}
