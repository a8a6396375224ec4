/**
 * Manifests as Kubernetes reads them. YAML 1.2, which the `yaml` library speaks by itself, breaks them (`0644` would be 644
 * and not 420, `on` a text); YAML 1.1 breaks others (`12:30` would be 750). So: 1.1 without the tags that go-yaml lacks.
 *
 * Every document keeps its place in the file, so that errors, also those the node finds, can say line and column.
 *
 * @module
 */
import { Composer, isAlias, isCollection, isMap, isPair, isScalar, LineCounter, Parser, visit } from 'yaml'
import type { Alias, Document, Node, ParsedNode, ScalarTag, Tags } from 'yaml'
import { CommandFailure } from './failure.ts'
import type { Mistakes } from './mistakes.ts'

export interface ManifestObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name?: string; readonly namespace?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

export interface Manifest {
  readonly object: ManifestObject
  readonly file: string
  /** `web.yaml:7:3` of the field, or of the nearest part of its path that is there. */
  readonly place: (field: string) => string
}

/** A manifest larger than this is no manifest: the API takes 1.5 MiB an object. */
const FILE_BYTES_MAX = 16 * 1024 * 1024

/** In one stream; 10,000 documents are a mistake or an attack. */
const DOCUMENTS_MAX = 1_000

/** In one document; past it the parser takes seconds, and no object of the API comes near. */
const NODES_MAX = 100_000

/** As the API takes them. */
const DEPTH_MAX = 32

/** References to anchors in one document: nine of nine of nine ... are 387 million. */
const ALIASES_MAX = 100

/** go-yaml has no times in base 60, and Kubernetes no dates, bytes or sets. */
const LEFT_OUT = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`))

function kubernetesTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => !(typeof tag === 'object' && ((tag as ScalarTag).format === 'TIME' || LEFT_OUT.has(tag.tag))),
  )
}

/**
 * All objects of a stream of YAML or JSON documents; a `List` is taken apart. What is no object is a mistake, and the others
 * are read; a stream that cannot be read on throws a `CommandFailure` with the place.
 */
export function parseManifests(text: string, file: string, mistakes: Mistakes): readonly Manifest[] {
  const bytes = Buffer.byteLength(text)
  if (bytes > FILE_BYTES_MAX)
    throw new CommandFailure(`${file}: has ${bytes} bytes, at most ${FILE_BYTES_MAX} are read: split it`)
  const lines = new LineCounter()
  const source = { file, lines }
  const manifests: Manifest[] = []
  let count = 0
  for (const document of documents(text, source)) {
    if (isEmpty(document)) continue
    count += 1
    if (count > DOCUMENTS_MAX) throw new CommandFailure(`${file}: has more than ${DOCUMENTS_MAX} documents: split it`)
    manifests.push(...objectsOf(document, source, mistakes))
  }
  return manifests
}

interface Source {
  readonly file: string
  readonly lines: LineCounter
}

function* documents(text: string, source: Source): Generator<Document.Parsed> {
  const composer = new Composer({
    version: '1.1',
    merge: true,
    // Checked below: the library compares each key with each, 29 s for 40,000 keys.
    uniqueKeys: false,
    customTags: kubernetesTags,
    lineCounter: source.lines,
  })
  try {
    for (const document of composer.compose(new Parser(source.lines.addNewLine).parse(text))) {
      assertSound(document, source)
      yield document
    }
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(source)
    throw error
  }
}

function tooDeep({ file }: Source): CommandFailure {
  return new CommandFailure(`${file}: is nested too deep: at most ${DEPTH_MAX} levels are taken`)
}

function assertSound(document: Document.Parsed, source: Source): void {
  const [error] = document.errors
  // The parser is recursive, and reports its own end of stack as a fault of the text.
  if (error?.message.startsWith('Maximum call stack')) throw tooDeep(source)
  if (error !== undefined) throw fault(source, error.pos[0], firstLine(error.message))
  const [warning] = document.warnings
  if (warning !== undefined) throw fault(source, warning.pos[0], firstLine(warning.message))
  const { yaml } = document.directives ?? {}
  if (yaml?.explicit === true && yaml.version !== '1.1') {
    throw fault(
      source,
      document.range?.[0] ?? 0,
      `%YAML ${yaml.version} is not how Kubernetes reads a manifest: remove the line`,
    )
  }
  assertNodes(document, source)
}

function assertNodes(document: Document.Parsed, source: Source): void {
  let nodes = 0
  let aliases = 0
  const anchors = new Set<string>()
  visit(document, {
    Node: (_key, node, path) => {
      nodes += 1
      if (nodes > NODES_MAX)
        throw fault(source, startOf(node), `the document has more than ${NODES_MAX} values: split it`)
      if (path.length > 2 * DEPTH_MAX && path.filter(isCollection).length >= DEPTH_MAX) {
        throw fault(source, startOf(node), `is nested too deep: at most ${DEPTH_MAX} levels are taken`)
      }
      if (isAlias(node)) {
        aliases += 1
        assertAlias({ node, path, anchors, aliases }, source)
      } else if (node.anchor !== undefined) anchors.add(node.anchor)
      if (isScalar(node)) assertScalar(node, source)
      if (isMap(node)) assertKeys(node, source)
    },
  })
}

interface AliasSeen {
  readonly node: Alias
  readonly path: readonly unknown[]
  readonly anchors: ReadonlySet<string>
  readonly aliases: number
}

function assertAlias({ node, path, anchors, aliases }: AliasSeen, source: Source): void {
  const why =
    aliases > ALIASES_MAX
      ? `excessive aliases: more than ${ALIASES_MAX} references to anchors`
      : !anchors.has(node.source)
        ? `*${node.source} refers to an anchor that is not set before it`
        : path.some((each) => (each as { anchor?: string }).anchor === node.source)
          ? `*${node.source} refers to what it is part of`
          : undefined
  if (why !== undefined) throw fault(source, startOf(node), why)
}

function assertScalar(
  node: { value: unknown; source?: string | undefined; range?: [number, number, number] | null | undefined },
  source: Source,
): void {
  if (typeof node.value !== 'number') return
  if (!Number.isFinite(node.value))
    throw fault(source, startOf(node), `${node.source} is no number that JSON knows: quote it if it is a text`)
  if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) {
    throw fault(source, startOf(node), `${node.source} is too large to be kept exactly: quote it if it is a text`)
  }
}

function assertKeys(map: { items: readonly { key: unknown }[] }, source: Source): void {
  const seen = new Set<string>()
  for (const { key } of map.items) {
    if (!isScalar(key) && !isAlias(key))
      throw fault(source, startOf(key), 'a name of a field must be a text, not a list or a map')
    const name = isScalar(key) ? String(key.value) : key.source
    if (name === '<<') continue
    if (seen.has(name)) throw fault(source, startOf(key), `the key "${name}" is there twice`)
    if (name === '__proto__') throw fault(source, startOf(key), `"${name}" is not taken as a name of a field`)
    seen.add(name)
  }
}

function isEmpty(document: Document.Parsed): boolean {
  return document.contents === null || (isScalar(document.contents) && document.contents.value === null)
}

function objectsOf(document: Document.Parsed, source: Source, mistakes: Mistakes): readonly Manifest[] {
  const { file } = source
  const value = plain(document, source)
  const place = (path: Path): string => at(source, nearest(document.contents, path))
  const items = isList(value)
    ? value.items.map((item, index) => ({ item, place: (path: Path) => place(['items', index, ...path]) }))
    : [{ item: value, place }]
  return items.flatMap((each) => mistakes.collect(file, () => manifestOf(each.item, each.place, file)) ?? [])
}

function plain(document: Document.Parsed, source: Source): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch (error) {
    throw fault(source, document.range?.[0] ?? 0, (error as Error).message)
  }
}

function isList(value: unknown): value is { items: readonly unknown[] } {
  const list = value as { kind?: unknown; items?: unknown; apiVersion?: unknown } | null
  return (
    typeof list === 'object' &&
    list?.apiVersion === 'v1' &&
    typeof list.kind === 'string' &&
    list.kind.endsWith('List') &&
    Array.isArray(list.items)
  )
}

type Path = readonly (string | number)[]

function manifestOf(value: unknown, place: (path: Path) => string, file: string): Manifest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandFailure(
      `${place([])}: is ${describe(value)}, a Kubernetes object is expected: a map with apiVersion, kind and metadata`,
    )
  }
  const object = value as Record<string, unknown>
  for (const field of ['apiVersion', 'kind'] as const) {
    if (object[field] === undefined || object[field] === null)
      throw new CommandFailure(
        `${place([])}: ${field}: Required value: say what this is, as "${field}: ${field === 'kind' ? 'Deployment' : 'apps/v1'}"`,
      )
    if (typeof object[field] !== 'string')
      throw new CommandFailure(
        `${place([field])}: ${field}: Invalid value: ${JSON.stringify(object[field])}: must be a text`,
      )
  }
  const { metadata } = object
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new CommandFailure(
      `${place(['metadata'])}: metadata: ${metadata === undefined ? 'Required value: say at least metadata.name' : 'Invalid value: must be a map'}`,
    )
  }
  return { object: object as ManifestObject, file, place: (field) => place(pathOf(field)) }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return value === null ? 'empty' : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`
}

/** `spec.template.spec.containers[0].image` as steps; `labels[a.b/c]` has a text in its brackets. */
export function pathOf(field: string): readonly (string | number)[] {
  return [...field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, bracket]) => {
    if (name !== undefined) return name
    return /^\d+$/.test(bracket as string) ? Number(bracket) : (bracket as string)
  })
}

/** Offset of the value at a path, or of the last part of the path that is there. */
function nearest(contents: ParsedNode | null, path: readonly (string | number)[]): number {
  let node: Node | null = contents
  let offset = startOf(contents)
  for (const step of path) {
    if (!isCollection(node)) break
    const item: unknown = isMap(node)
      ? node.items.find((pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(step))
      : node.items[Number(step)]
    if (item === undefined) break
    const next: unknown = isPair(item) ? item.value : item
    offset = startOf(isPair(item) ? item.key : item)
    node = (next ?? null) as Node | null
  }
  return offset
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0
}

function at({ file, lines }: Source, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
}

function fault(source: Source, offset: number, why: string): CommandFailure {
  return new CommandFailure(`${at(source, offset)}: ${why}`)
}

/** The library adds the place and a drawing of it. */
function firstLine(message: string): string {
  return (message.split('\n')[0] as string).replace(/ at line \d+, column \d+:?$/, '')
}
