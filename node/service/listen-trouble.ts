/**
 * Why a listener could not be opened, as a user should read it: which port, for which service, what to do.
 *
 * @module
 */
import type { RouteEvent } from './ports.ts'
import type { WantedListener } from './routes.ts'

export function eventOf({ service, host, port, purpose }: WantedListener, error: unknown): RouteEvent {
  const place = `${host}:${port}`
  switch ((error as { code?: unknown } | undefined)?.code) {
    case 'EADDRINUSE': {
      const remedy =
        purpose === 'node-port' ? 'stop it or give the service another nodePort' : 'stop it; it may listen on 0.0.0.0'
      return { service, reason: 'PortInUse', message: `cannot listen on ${place}: another program does; ${remedy}` }
    }
    case 'EACCES':
    case 'EPERM': {
      const remedy = 'choose a port from 1024 up, or give the node CAP_NET_BIND_SERVICE'
      return { service, reason: 'PortNotAllowed', message: `cannot listen on ${place}: not permitted; ${remedy}` }
    }
    case 'EADDRNOTAVAIL': {
      const remedy =
        purpose === 'node-port'
          ? "set the node's host address to one of this machine"
          : `add it to the loopback or bridge interface, as in "ip address add ${host} dev lo"`
      return {
        service,
        reason: 'AddressNotHere',
        message: `cannot listen on ${place}: this machine has no such address; ${remedy}`,
      }
    }
    default: {
      const why = error instanceof Error ? error.message : String(error)
      return { service, reason: 'ListenFailed', message: `cannot listen on ${place}: ${why}; it is tried again` }
    }
  }
}
