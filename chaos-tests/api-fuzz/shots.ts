/**
 * What a fuzzer sends, drawn from a stream of chance: a route, a method, words of the query, headers and a body, good in most
 * parts, so that it gets far.
 *
 * @module
 */
import { stringify } from 'yaml'
import { Messages } from '../../node/api/kube/messages.ts'
import { encodeProtobuf } from '../../node/api/kube/testing.ts'
import type { Stream } from '../sim/random.ts'
import { MANIFESTS, type Plain } from './manifests.ts'
import { doubled, mutated, oddName, oddValue, pointersIn, spoiled } from './mutate.ts'
import type { Route } from './routes.ts'

export interface Shot {
  readonly route: Route
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  /** Bytes for the socket as they are; then the rest says what they were made of. */
  readonly raw?: Buffer
  /** Whatever takes it as a write is wrong. */
  readonly isPoison: boolean
}

const messages = new Messages()

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']
const USUAL: Readonly<Record<Route['of'], readonly string[]>> = {
  collection: ['GET', 'POST', 'POST', 'POST', 'POST', 'DELETE'],
  object: ['GET', 'PUT', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'PATCH', 'DELETE'],
  part: ['GET', 'POST', 'PUT', 'PATCH', 'PATCH'],
  other: ['GET', 'GET', 'POST'],
}

const NAMESPACES = [
  'default',
  'default',
  'default',
  'fuzz-0',
  'fuzz-1',
  'nowhere',
  'Kaputt',
  '%F0%9F%92%A5',
  '.',
  'a%2Fb',
]
const NAMES = ['fuzz-0', 'fuzz-1', 'fuzz-2', 'fuzz-3', 'amber', 'default', 'box', 'UPPER', '%00', '%ed%a0%80', '__proto__', 'x'.repeat(300)] // prettier-ignore

export function draw(dice: Stream, routes: readonly Route[]): Shot {
  // Half of them where there is most to be said.
  const route = dice.pick(dice.chance(0.5) ? routes.filter(isOfDocuments) : routes)
  const method = dice.chance(0.9) ? dice.pick(USUAL[route.of]) : dice.pick(METHODS)
  const name = dice.chance(0.9) ? `fuzz-${dice.between(0, 3)}` : dice.pick(NAMES)
  const namespace = dice.chance(0.9) ? 'default' : dice.pick(NAMESPACES)
  const path = route.path.replace('$NS', namespace).replace('$NAME', name)
  const url = `${path}${queryFor(dice, method)}`
  const { type, body, isPoison } = hasBody(method, dice)
    ? bodyFor(dice, { route, method, name, namespace })
    : { type: undefined, body: undefined, isPoison: false }
  const headers = {
    // Each its own bucket of the rate limit.
    'shoal-user': `fuzz-${dice.between(0, 999)}`,
    ...(type === undefined ? {} : { 'content-type': dice.chance(0.06) ? oddType(dice) : type }),
    ...(dice.chance(0.2) ? { accept: dice.pick(ACCEPTS) } : {}),
    ...(dice.chance(0.04) ? oddHeader(dice) : {}),
    ...(route.of === 'part' && dice.chance(0.3) ? upgrade(dice) : dice.chance(0.01) ? upgrade(dice) : {}),
  }
  const shot = { route, method, url, headers, body, isPoison }
  return dice.chance(0.04) ? { ...shot, raw: rawOf(dice, shot) } : shot
}

const isOfDocuments = ({ of, path, kind }: Route): boolean =>
  (of === 'object' || (of === 'collection' && path.includes('$NS'))) && MANIFESTS[kind] !== undefined

const hasBody = (method: string, dice: Stream): boolean =>
  ['POST', 'PUT', 'PATCH'].includes(method) || dice.chance(method === 'DELETE' ? 0.4 : 0.03)

// ---- the query

const WORDS: Readonly<Record<string, readonly string[]>> = {
  limit: ['1', '2', '500', '0', '-1', '1e9', '99999999999999999999', 'all'],
  continue: [
    '',
    'abc',
    Buffer.from('{"version":"1","after":"core/Pod/default/a"}').toString('base64url'),
    'e30',
    '%00',
  ],
  labelSelector: ['app=fuzz', 'app in (fuzz,b),!x', 'app notin ()', 'a=b=c', ',,,', '((((', 'app=\ud83d', '!', `a${'=a,a'.repeat(900)}`], // prettier-ignore
  fieldSelector: ['metadata.name=fuzz-0', 'spec.nodeName!=amber', 'metadata.__proto__=x', 'metadata.name', 'x.y=z', ',', '=', 'metadata.labels=a'], // prettier-ignore
  resourceVersion: ['0', '1', '', '-1', 'abc', '9223372036854775808', '99999999999999999999999'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'Sometimes'],
  watch: ['true', '1', 'false', 'yes', ''],
  timeoutSeconds: ['1', '0', '-1', '1e999', 'soon', '99999999999'],
  allowWatchBookmarks: ['true', 'false', 'maybe'],
  sendInitialEvents: ['true', 'false', 'maybe'],
  dryRun: ['All', 'None', '', 'all'],
  fieldManager: ['fuzz', '', 'x'.repeat(129), 'a\nb', '💥', '__proto__'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'Loose', ''],
  force: ['true', 'false', 'maybe'],
  pretty: ['true', '1'],
  includeObject: ['None', 'Metadata', 'Object', 'All'],
  propagationPolicy: ['Foreground', 'Background', 'Orphan', 'None', ''],
  gracePeriodSeconds: ['0', '30', '-1', '1.5', '1e99', 'now'],
  orphanDependents: ['true', 'x'],
  container: ['main', 'none', '', '__proto__'],
  follow: ['true', 'false'],
  previous: ['true', 'x'],
  timestamps: ['true', 'x'],
  tailLines: ['1', '0', '-1', '1e99', 'x'],
  sinceSeconds: ['1', '0', '-1', '1e99', 'x'],
  sinceTime: ['2026-11-23T00:00:00Z', 'yesterday', '', '+275760-09-13T00:00:00Z', '-1'],
  limitBytes: ['1', '0', '-1', '1e99', 'x'],
  command: ['true', '', 'x'.repeat(5_000)],
  stdin: ['true'],
  stdout: ['true'],
  tty: ['true'],
  path: ['/', '', '../..', 'a'],
  ports: ['8080', '0', '-1', '65536', '80,81', 'x', ''],
  workload: ['apps/Deployment/default/fuzz-0', 'apps/Deployment/default/none', '', '/', '////', '__proto__', 'core/Pod/default/box'], // prettier-ignore
  pod: ['core/Pod/default/box', 'x'],
  node: ['amber', 'none'],
  ttlSeconds: ['1', '0', '-1', 'x', '1e99'],
  toRevision: ['1', '0', '-1', 'x', '1e99'],
  templateOnly: ['true', 'x'],
  timeout: ['5s', 'x'],
}

/** Where unknown fields are let pass, what is odd gets further. */
function queryFor(dice: Stream, method: string): string {
  if (['POST', 'PUT', 'PATCH'].includes(method) && dice.chance(0.4))
    return `?fieldManager=fuzz-${dice.between(0, 2)}&fieldValidation=${dice.pick(['Warn', 'Ignore'])}&force=true`
  return dice.chance(0.3) ? `?${query(dice)}` : ''
}

function query(dice: Stream): string {
  const names = dice.sample(Object.keys(WORDS), dice.between(1, 4))
  return names
    .map((name) => {
      const value = dice.chance(0.85) ? dice.pick(WORDS[name]!) : (JSON.stringify(oddValue(dice)) ?? '').slice(0, 3_000)
      return dice.chance(0.95)
        ? `${name}=${encodeURIComponent(value.replace(/\p{Surrogate}/gu, '?'))}`
        : `${name}=%zz&&=&${name}`
    })
    .join('&')
}

// ---- headers

const ACCEPTS = [
  'application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf, */*',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'text/html',
  '*/*;q=0',
  ';;;,,,;q=x',
  'application/json;as=Sofa',
  `${'a/b,'.repeat(2_000)}*/*`,
]
const TYPES = ['text/plain', '', ';', 'application/json; charset=latin1', 'application/xml', 'multipart/form-data; boundary=x', 'application/cbor', 'APPLICATION/JSON', 'x'.repeat(3_000)] // prettier-ignore
const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml', 'application/vnd.shoal.apply+json'] // prettier-ignore

const oddType = (dice: Stream): string => dice.pick([...TYPES, ...BODY_TYPES])

const oddHeader = (dice: Stream): Record<string, string> =>
  dice.pick([
    { 'x-long': 'x'.repeat(dice.between(10_000, 20_000)) },
    { 'impersonate-user': 'root' },
    { 'accept-encoding': 'gzip;q=0.5, br' },
    { 'if-none-match': '"x"' },
    { authorization: 'Bearer nobody' },
    { expect: '100-continue' },
    { expect: 'wonders' },
    { origin: 'https://elsewhere.example' },
    { host: 'elsewhere.example' },
    { 'shoal-user': '__proto__' },
    { 'content-encoding': 'gzip' },
    Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`x-${at}`, 'y'])),
  ])

const upgrade = (dice: Stream): Record<string, string> => ({
  connection: 'Upgrade',
  upgrade: dice.pick(['websocket', 'SPDY/3.1', 'shoal-session', 'h2c', 'x']),
  ...(dice.chance(0.7) ? { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' } : {}),
  ...(dice.chance(0.7) ? { 'sec-websocket-protocol': dice.pick(['v4.channel.k8s.io', 'v5.channel.k8s.io', 'SPDY/3.1+portforward.k8s.io', 'x']) } : {}), // prettier-ignore
  ...(dice.chance(0.5)
    ? { 'x-stream-protocol-version': dice.pick(['v4.channel.k8s.io', 'portforward.k8s.io', 'x']) }
    : {}),
})

// ---- the body

interface Sent {
  readonly type: string
  readonly body: Buffer
  readonly isPoison: boolean
}

interface Place {
  readonly route: Route
  readonly method: string
  readonly name: string
  readonly namespace: string
}

function bodyFor(dice: Stream, place: Place): Sent {
  const good = manifestFor(dice, place)
  const changes = dice.chance(0.6) ? 1 : dice.between(0, 4)
  if (place.method === 'PATCH') return patchFor(dice, good, changes)
  const value = mutated(good, dice, changes)
  switch (dice.between(0, 9)) {
    case 0:
      return protobuf(dice, good)
    case 1:
      return yaml(dice, value)
    default:
      return asText(dice, 'application/json', value)
  }
}

function manifestFor(dice: Stream, { route, method, name, namespace }: Place): Plain {
  const kind =
    method === 'DELETE' ? 'DeleteOptions' : dice.chance(0.97) ? route.kind : dice.pick(Object.keys(MANIFESTS))
  const manifest = MANIFESTS[kind] ?? MANIFESTS['ConfigMap']!
  if (kind === 'DeleteOptions' || kind.startsWith('SelfSubject')) return manifest
  // A collection's own objects are of few names, too, so that they meet.
  const own = route.of === 'collection' ? `fuzz-${dice.between(0, 3)}` : decodeURIComponent(safe(name))
  const place = /\$NS/.test(route.path) && dice.chance(0.5) ? { namespace: decodeURIComponent(safe(namespace)) } : {}
  const named = dice.chance(0.05) ? { generateName: 'fuzz-' } : { name: own }
  return { ...manifest, metadata: { ...(manifest['metadata'] as Plain), ...named, ...place } }
}

/** Escapes that are none stay in the path. */
const safe = (text: string): string => (/%(ed|zz)/.test(text) ? 'fuzz-0' : text)

function patchFor(dice: Stream, good: Plain, changes: number): Sent {
  switch (dice.between(0, 4)) {
    case 0:
      return asText(dice, 'application/json-patch+json', jsonPatch(dice, good))
    case 1:
      return asText(dice, 'application/strategic-merge-patch+json', mutated(good, dice, changes))
    case 2:
      return dice.chance(0.5)
        ? { ...yaml(dice, mutated(good, dice, changes)), type: 'application/apply-patch+yaml' }
        : asText(dice, 'application/apply-patch+yaml', mutated(good, dice, changes))
    case 3:
      return asText(dice, 'application/vnd.shoal.apply+json', mutated(good, dice, changes))
    default:
      return asText(dice, 'application/merge-patch+json', mutated(partOf(dice, good), dice, changes))
  }
}

/** Some of its fields. */
function partOf(dice: Stream, good: Plain): Plain {
  return Object.fromEntries(dice.sample(Object.entries(good), dice.between(1, 3)))
}

function jsonPatch(dice: Stream, good: Plain): unknown {
  const pointers = pointersIn(good)
  const pointer = (): string => {
    if (dice.chance(0.8)) return dice.pick(pointers)
    return dice.pick(['', '/', '/~', '/~2', 'spec', '/__proto__/x', '/constructor', '/spec/-', '/metadata/labels/-1', `/${oddName(dice)}`, '/a'.repeat(400)]) // prettier-ignore
  }
  const operations = Array.from({ length: dice.between(0, 4) }, () => ({
    op: dice.chance(0.95) ? dice.pick(['add', 'replace', 'remove', 'test', 'move', 'copy']) : oddValue(dice),
    path: pointer(),
    ...(dice.chance(0.4) ? { from: pointer() } : {}),
    ...(dice.chance(0.8) ? { value: oddValue(dice) } : {}),
  }))
  return dice.chance(0.05) ? oddValue(dice) : operations
}

const FORBIDDEN = /"(__proto__|constructor|prototype)":/

function asText(dice: Stream, type: string, value: unknown): Sent {
  const text = JSON.stringify(value) ?? ''
  if (dice.chance(0.1)) return { type, body: spoiled(Buffer.from(text), dice), isPoison: false }
  if (dice.chance(0.05)) return { type, body: Buffer.from(doubled(text, dice)), isPoison: false }
  // JSON.stringify writes half a character as an escape.
  return { type, body: Buffer.from(text), isPoison: FORBIDDEN.test(text) || /\\ud[89a-f]/.test(text) }
}

const YAML_ODD = ['a: &a [*a]', '&a a: *a', 'a: !!js/function "x"', '<<: [1]', '- a', '%YAML 9.9\n---\na: 1', 'a: 1\n---\na: 2', '\ta: 1', '? {a: b}\n: c', 'kind: !!binary x'] // prettier-ignore

function yaml(dice: Stream, value: unknown): Sent {
  const type = 'application/yaml'
  if (dice.chance(0.1)) return { type, body: Buffer.from(dice.pick(YAML_ODD)), isPoison: false }
  const text = stringify(JSON.parse(JSON.stringify(value) ?? 'null'))
  return { type, body: dice.chance(0.2) ? spoiled(Buffer.from(text), dice) : Buffer.from(text), isPoison: false }
}

function protobuf(dice: Stream, good: Plain): Sent {
  const type = 'application/vnd.kubernetes.protobuf'
  let body: Buffer
  try {
    body = encodeProtobuf(good, messages)
  } catch {
    // Not of a kind that the test's encoder knows.
    body = Buffer.from(`k8s\0${JSON.stringify(good)}`)
  }
  for (let left = dice.between(0, 3); left > 0; left -= 1) body = spoiled(body, dice)
  return { type, body, isPoison: false }
}

// ---- on the wire

function rawOf(dice: Stream, { method, url, headers, body }: Omit<Shot, 'raw'>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = (...more: string[]): string =>
    `${method} ${encodeURI(url).slice(0, 4_000)} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}${more.map((each) => `${each}\r\n`).join('')}\r\n` // prettier-ignore
  const bytes = body ?? Buffer.from('{}')
  const size = bytes.length
  switch (dice.between(0, 9)) {
    case 0:
      return Buffer.concat([Buffer.from(head('transfer-encoding: chunked')), Buffer.from('zz\r\n'), bytes])
    case 1:
      return Buffer.concat([Buffer.from(head('transfer-encoding: chunked')), Buffer.from(`${size.toString(16)}\r\n`), bytes, Buffer.from('no end')]) // prettier-ignore
    case 2:
      return Buffer.from(
        head('transfer-encoding: chunked', `content-length: ${size}`) + bytes.toString('latin1'),
        'latin1',
      )
    case 3:
      return Buffer.from(head(`content-length: ${size}`, `content-length: ${size + 1}`))
    case 4:
      return Buffer.from(head('content-length: -1'))
    case 5:
      return Buffer.from(head('content-length: 99999999999999999999'))
    case 6:
      return Buffer.from(head('transfer-encoding: gzip, x'))
    case 7:
      return spoiled(Buffer.concat([Buffer.from(head(`content-length: ${size}`)), bytes]), dice)
    case 8:
      return Buffer.concat([
        Buffer.from(head('transfer-encoding: chunked')),
        Buffer.from('ffffffffffffffff\r\n'),
        bytes,
      ])
    default:
      return Buffer.from(`${method} ${url} HTTP/${dice.pick(['0.9', '1.0', '2.0', '9'])}\r\n\r\n`)
  }
}
