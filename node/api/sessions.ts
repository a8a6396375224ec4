/**
 * Sessions with a pod, at Kubernetes' paths: `exec`, `attach` and `portforward`; and `files`, which is Shoal's own and has a
 * tar stream for what kubectl does with a tar in the container.
 *
 * A request for one asks to change the protocol of its connection (`Upgrade: shoal-session`). What is wrong is answered
 * before that, as a `Status`. Then frames travel (`node/session/frames.ts`); for a port, the bytes of the connection.
 * All but `files` are had as kubectl asks for them too (`upgrades.ts`).
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { PodRow } from '../../crdt/index.ts'
import { RuntimeError, type ExecSession } from '../runtime/runtime.ts'
import { splice } from '../service/splice.ts'
import { isCommand, isPath, isPort, type CommandOrder } from '../session/order.ts'
import { failing } from '../session/saying.ts'
import type { ApiBackend, PodPlace } from './backend.ts'
import { containerOf } from './logs.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { ApiError, notFound } from './status.ts'
import type { Target } from './target.ts'
import { forwardUpgrade, sessionUpgrade, type Answer, type ForwardUpgrade, type SessionUpgrade } from './upgrades.ts'

/** Of one request. */
const PORTS_MAX = 16

export type SessionSubresource = 'exec' | 'attach' | 'portforward' | 'files'

interface Asked {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly row: PodRow
}

export async function podSession(
  request: ApiRequest,
  backend: ApiBackend,
  at: Target & { readonly subresource: SessionSubresource },
): Promise<ApiResponse> {
  const { subresource } = at
  // What cannot go on as anything is told so before who it would be with is looked for.
  if (subresource === 'portforward') {
    const upgrade = forwardUpgrade(request)
    return forward({ request, backend, row: runningRow(backend, at) }, upgrade)
  }
  const upgrade = sessionUpgrade(request, subresource)
  const asked = { request, backend, row: runningRow(backend, at) }
  return session(asked, orderOf(subresource, asked), upgrade)
}

/** Of two that bear the name the one that is not ending. */
function runningRow(backend: ApiBackend, at: Target): PodRow {
  const named = backend.view.pods().filter(({ fact }) => fact.namespace === at.namespace && fact.name === at.name)
  const row = named.find(({ fact }) => !fact.stopping) ?? named[0]
  if (row !== undefined) return row
  if (backend.view.get(at.key) === undefined) throw notFound(at.resource, at.name)
  throw new ApiError('BadRequest', `pod ${at.name} does not run: no node has taken it yet`)
}

function orderOf(subresource: Exclude<SessionSubresource, 'portforward'>, { request, row }: Asked): CommandOrder {
  const { query, method } = request
  const container = containerOf(row, query.get('container') ?? undefined)
  const [stdin, tty] = [query.get('stdin') === 'true', query.get('tty') === 'true']
  switch (subresource) {
    case 'exec': {
      const command = query.getAll('command')
      if (!isCommand(command)) throw new ApiError('BadRequest', 'command: say the program, and each argument again')
      return { what: 'exec', container, command, stdin, tty }
    }
    case 'attach':
      return { what: 'attach', container, stdin }
    case 'files': {
      const path = query.get('path')
      if (!isPath(path)) throw new ApiError('BadRequest', 'path: name a file or a directory of the container')
      if (method !== 'GET' && method !== 'PUT')
        throw new ApiError('MethodNotAllowed', 'files are read with GET and written with PUT')
      const look = query.get('look') === 'true'
      return { what: look ? 'look' : method === 'GET' ? 'copy-out' : 'copy-in', container, path }
    }
  }
}

async function session({ backend, row }: Asked, order: CommandOrder, upgrade: SessionUpgrade): Promise<ApiResponse> {
  const opened = await begun(row, () => backend.session(placeOf(row), order)).catch(ofNoProgram)
  return upgraded(upgrade, {
    open: (stream) => void upgrade.serve(stream, opened),
    close: () => opened.close(),
  })
}

async function forward({ request, backend, row }: Asked, upgrade: ForwardUpgrade): Promise<ApiResponse> {
  const dial = (port: number): Promise<Duplex> =>
    begun(row, () => backend.forward(placeOf(row), { what: 'forward', port }))
  if (upgrade.how === 'dial')
    return upgraded(upgrade, { open: (stream) => void upgrade.serve(stream, dial), close: () => {} })
  const ports = portsAsked(request.query, upgrade.how === 'one' ? 1 : PORTS_MAX)
  const connections = await all(ports.map(dial))
  const forwarded = ports.map((port, index) => ({ port, connection: connections[index] as Duplex }))
  return upgraded(upgrade, {
    open: (stream) =>
      void (upgrade.how === 'one' ? splice(stream, connections[0] as Duplex) : upgrade.serve(stream, forwarded)),
    close: () => closeAll(connections),
  })
}

/** [KUBE54] */
function portsAsked(query: URLSearchParams, most: number): readonly number[] {
  const ports = query.getAll('ports').flatMap((list) => list.split(',').map(Number))
  if (ports.length === 0 || ports.length > most || !ports.every(isPort))
    throw new ApiError(
      'BadRequest',
      `ports: name ${most === 1 ? 'one port' : `up to ${most} ports`} between 1 and 65535`,
    )
  return ports
}

/** All of them, or none. */
async function all(dialled: readonly Promise<Duplex>[]): Promise<readonly Duplex[]> {
  const outcomes = await Promise.allSettled(dialled)
  const failed = outcomes.find(({ status }) => status === 'rejected')
  const connections = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  if (failed?.status !== 'rejected') return connections
  closeAll(connections)
  throw failed.reason
}

function closeAll(connections: readonly Duplex[]): void {
  for (const each of connections) each.destroy()
}

function placeOf({ node, fact }: PodRow): PodPlace {
  return { node, uid: fact.uid }
}

async function begun<Session>(row: PodRow, begin: () => Promise<Session>): Promise<Session> {
  try {
    return await begin()
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'bad-command') throw error
    throw new ApiError(
      error instanceof RuntimeError && error.code === 'failed' ? 'BadRequest' : 'ServiceUnavailable',
      `pod ${row.fact.name}: ${(error as Error).message}`,
    )
  }
}

/** [SESS7] A program that is not there ends its session as a shell would: some engines know it only then. */
function ofNoProgram(error: unknown): ExecSession {
  if (error instanceof RuntimeError) return failing(error)
  throw error
}

function upgraded(
  { protocol, headers }: Answer,
  { open, close }: { open: (stream: Duplex) => void; close: () => void },
): ApiResponse {
  const answer = { protocol, ...(headers === undefined ? {} : { headers }) }
  return { status: 101, headers: {}, warnings: [], body: { type: 'upgrade', ...answer, open, close } }
}
