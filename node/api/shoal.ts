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
 * | POST forecast | where the slots of this Deployment or Pod would be, were it written |
 * | GET leaving?node=NAME | pods that are to leave their nodes, and what each waits for |
 * | GET revisions?workload=KEY | the revisions of a Deployment, with the ConfigMaps and Secrets each was rolled out with |
 * | POST undo?workload=KEY&toRevision=N | back to that revision, with its ConfigMaps and Secrets; `templateOnly=true` without |
 * | GET usage | what pods and nodes take, as all nodes that answer measure it |
 * | GET logs?workload=KEY | output of all replicas, a JSON object a line |
 * | POST token?ttlSeconds=N | a ticket to join |
 * | POST client-certificate | what a kubeconfig is made of: a certificate for a key, what to trust, where nodes answer |
 *
 * @module
 */
import { checkManifest, DEFAULT_NAMESPACE, withDefaults, type BidLine, type KubeObject } from '../../crdt/index.ts'
import { leavings } from '../placement/leavings.ts'
import type { ApiBackend } from './backend.ts'
import { excerpt, parseObject } from './body.ts'
import { clientCertificate } from './client-certificate.ts'
import { assertExists, workloadLogs } from './logs.ts'
import { editable, metadataOf, nameOf, placed, typed } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { revisions } from './revisions.ts'
import { OLDER_RESOURCES } from './older.ts'
import { resourceOfKind, resourcesOf, type Resource } from './served.ts'
import { ApiError, invalid } from './status.ts'
import { target } from './target.ts'
import { undo } from './undo.ts'
import { usage } from './usage.ts'
import { compareDigests } from './verify.ts'

type Handler = (request: ApiRequest, backend: ApiBackend) => ApiResponse | Promise<ApiResponse>

const HANDLERS: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly handle: Handler }>> = {
  info: { method: 'GET', handle: (_request, backend) => json(200, backend.clusterInfo()) },
  kinds: { method: 'GET', handle: kinds },
  peers: { method: 'GET', handle: (_request, backend) => json(200, { peers: backend.peers() }) },
  digest: { method: 'GET', handle: (_request, backend) => json(200, backend.ownDigest()) },
  verify: { method: 'GET', handle: async (_request, backend) => json(200, compareDigests(await backend.digests())) },
  explain: { method: 'GET', handle: explain },
  forecast: { method: 'POST', handle: forecast },
  leaving: { method: 'GET', handle: leaving },
  revisions: { method: 'GET', handle: revisions },
  usage: { method: 'GET', handle: usage },
  logs: { method: 'GET', handle: workloadLogs },
  token: { method: 'POST', handle: token },
  'client-certificate': { method: 'POST', handle: clientCertificate },
  undo: { method: 'POST', handle: undo },
}

export async function handleShoal(what: string, request: ApiRequest, backend: ApiBackend): Promise<ApiResponse> {
  const found = Object.hasOwn(HANDLERS, what) ? HANDLERS[what] : undefined
  if (found === undefined)
    throw new ApiError('NotFound', `/shoal/v1/${what} is not served: there are ${Object.keys(HANDLERS).join(', ')}`)
  if (request.method !== found.method)
    throw new ApiError('MethodNotAllowed', `/shoal/v1/${what} takes ${found.method}, not ${request.method}`)
  return found.handle(request, backend)
}

/** With the columns of those that people defined: a command prints them as it prints ours. */
function kinds(_request: ApiRequest, { view }: ApiBackend): ApiResponse {
  const told = resourcesOf(view).map(({ custom, ...kind }) =>
    custom === undefined
      ? { ...kind, ...olderVersionsOf(kind) }
      : { ...kind, columns: custom.version.additionalPrinterColumns ?? [] },
  )
  return json(200, { kinds: told })
}

function olderVersionsOf({ group, plural }: Pick<Resource, 'group' | 'plural'>): { olderVersions?: string[] } {
  const older = OLDER_RESOURCES.filter((each) => each.group === group && each.plural === plural)
  return older.length === 0 ? {} : { olderVersions: older.map(({ version }) => version) }
}

function leaving({ query }: ApiRequest, backend: ApiBackend): ApiResponse {
  const node = query.get('node')
  const all = leavings(backend.view, backend.now())
  return json(200, { leaving: node === null ? all : all.filter((each) => each.node === node) })
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

/** [API91] Nothing is written; the object is held to the same rules. */
function forecast({ body }: ApiRequest, backend: ApiBackend): ApiResponse {
  const sent = parseObject(body)
  const { kind } = sent
  const resource = kind === 'Pod' ? resourceOfKind('', kind) : kind === 'Deployment' && resourceOfKind('apps', kind)
  if (!resource) throw new ApiError('BadRequest', `kind: forecast takes a Deployment or a Pod, not ${excerpt(kind)}`)
  const { namespace } = metadataOf(sent)
  const at = target(resource, typeof namespace === 'string' ? namespace : DEFAULT_NAMESPACE, nameOf(sent))
  const object = withDefaults(placed(typed(editable(sent), resource), at)) as unknown as KubeObject
  const faults = checkManifest(at.key, object)
  if (faults.length > 0) throw invalid(resource, at.name, faults)
  return json(200, backend.forecast(at.key, object))
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
      `ttlSeconds: Invalid value: ${excerpt(asked)}: must be a whole number between 1 and ${TICKET_SECONDS_MAX}`,
    )
  }
  return json(201, await backend.ticket(seconds * 1_000))
}
