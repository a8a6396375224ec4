/**
 * What only Shoal has, under `/shoal/v1/`: members, agreement, bids, tickets, and the output of all replicas at once.
 *
 * | path | answers |
 * |---|---|
 * | GET info | the node that answers and its cluster |
 * | GET kinds | what is served, flat, for command lines |
 * | GET peers | members: address, round trip, verdict, whether they hold the same state |
 * | GET digest | the state digest of this node alone |
 * | GET verify | state digests of all nodes and what differs |
 * | GET explain?workload=KEY | who bid what for each slot, who declined and why |
 * | GET events | events of all nodes, oldest first |
 * | GET logs?workload=KEY | output of all replicas, a JSON object a line |
 * | POST token?ttlSeconds=N | a ticket to join |
 *
 * @module
 */
import type { BidLine } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { listEvents } from './events.ts'
import { assertExists, workloadLogs } from './logs.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { RESOURCES } from './served.ts'
import { ApiError } from './status.ts'
import { compareDigests } from './verify.ts'

type Handler = (request: ApiRequest, backend: ApiBackend) => ApiResponse | Promise<ApiResponse>

const HANDLERS: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly handle: Handler }>> = {
  info: { method: 'GET', handle: (_request, backend) => json(200, backend.clusterInfo()) },
  kinds: { method: 'GET', handle: () => json(200, { kinds: RESOURCES }) },
  peers: { method: 'GET', handle: (_request, backend) => json(200, { peers: backend.peers() }) },
  digest: { method: 'GET', handle: (_request, backend) => json(200, backend.ownDigest()) },
  verify: { method: 'GET', handle: async (_request, backend) => json(200, compareDigests(await backend.digests())) },
  explain: { method: 'GET', handle: explain },
  events: { method: 'GET', handle: (request, backend) => listEvents(request, backend, undefined) },
  logs: { method: 'GET', handle: workloadLogs },
  token: { method: 'POST', handle: token },
}

export async function handleShoal(what: string, request: ApiRequest, backend: ApiBackend): Promise<ApiResponse> {
  const found = Object.hasOwn(HANDLERS, what) ? HANDLERS[what] : undefined
  if (found === undefined)
    throw new ApiError('NotFound', `/shoal/v1/${what} is not served: there are ${Object.keys(HANDLERS).join(', ')}`)
  if (request.method !== found.method)
    throw new ApiError('MethodNotAllowed', `/shoal/v1/${what} takes ${found.method}, not ${request.method}`)
  return found.handle(request, backend)
}

function explain({ query }: ApiRequest, backend: ApiBackend): ApiResponse {
  const key = query.get('workload') ?? ''
  assertExists(key, backend)
  const explanation = backend.explain(key)
  if (explanation === undefined)
    throw new ApiError('BadRequest', `${key} has no slots: explain takes a workload, as apps/Deployment/default/web`)
  const names = new Map(backend.view.nodes().map(({ id, name }) => [id, name]))
  const named = (line: BidLine): BidLine => ({ ...line, node: names.get(line.node) ?? line.node })
  const slots = explanation.slots.map((slot) => ({
    ...slot,
    ...(slot.state === 'claimed' ? { node: names.get(slot.node) ?? slot.node } : {}),
    auction: slot.auction.map(named),
  }))
  return json(200, { ...explanation, slots })
}

/** An hour is long enough to walk to the other machine, and short enough to forget the ticket in a shell's history. */
const TICKET_SECONDS = 3_600
const TICKET_SECONDS_MAX = 30 * 86_400

async function token({ query }: ApiRequest, backend: ApiBackend): Promise<ApiResponse> {
  const asked = query.get('ttlSeconds')
  const seconds = asked === null ? TICKET_SECONDS : Number(asked)
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > TICKET_SECONDS_MAX) {
    throw new ApiError(
      'BadRequest',
      `ttlSeconds: Invalid value: ${JSON.stringify(asked)}: must be a whole number between 1 and ${TICKET_SECONDS_MAX}`,
    )
  }
  return json(201, await backend.ticket(seconds * 1_000))
}
