/**
 * References to images, by the grammar of the container registries: `[domain[:port]/]path[:tag][@digest]`. What passes here
 * holds no space, no shell character and no `file://`, and is short.
 *
 * @module
 */

export interface ImageReference {
  /** `docker.io/library/nginx` as it was written, without what was left out. */
  readonly name: string
  readonly tag?: string
  readonly digest?: string
}

const NAME_LENGTH_MAX = 255
/** Name, tag (128) and digest (algorithm and 128 hex digits) together. */
const REFERENCE_LENGTH_MAX = NAME_LENGTH_MAX + 1 + 128 + 1 + 160

const DOMAIN =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const PATH_PART = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,128}$/

/** The reference, or the sentence that says why it is none. */
export function parseImage(text: string): ImageReference | { readonly error: string } {
  if (text.length > REFERENCE_LENGTH_MAX) return { error: `must be no more than ${REFERENCE_LENGTH_MAX} characters` }
  if (text !== text.trim()) return { error: 'must not have leading or trailing whitespace' }
  const { rest, digest } = cutDigest(text)
  if (digest !== undefined) {
    const why = digestFault(digest)
    if (why !== undefined) return { error: why }
  }
  const { name, tag } = cutTag(rest)
  const why = nameFault(name) ?? (tag !== undefined && !TAG.test(tag) ? tagFault(tag) : undefined)
  if (why !== undefined) return { error: why }
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

/** The check of a field that holds a reference. */
export function imageCheck(text: string): string | undefined {
  const parsed = parseImage(text)
  return 'error' in parsed ? parsed.error : undefined
}

/** What Kubernetes takes when nothing was said: a moving tag is pulled always, a fixed one if absent. */
export function defaultPullPolicy(image: unknown): 'Always' | 'IfNotPresent' {
  const parsed = typeof image === 'string' ? parseImage(image) : { error: '' }
  if ('error' in parsed || parsed.digest !== undefined) return 'IfNotPresent'
  return parsed.tag === undefined || parsed.tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function cutDigest(text: string): { rest: string; digest?: string } {
  const at = text.indexOf('@')
  return at === -1 ? { rest: text } : { rest: text.slice(0, at), digest: text.slice(at + 1) }
}

/** A colon after the last slash starts the tag; one before it belongs to the domain's port. */
function cutTag(text: string): { name: string; tag?: string } {
  const colon = text.lastIndexOf(':')
  return colon > text.lastIndexOf('/') ? { name: text.slice(0, colon), tag: text.slice(colon + 1) } : { name: text }
}

function nameFault(name: string): string | undefined {
  if (name === '') return "must name an image, such as 'nginx:1.27'"
  if (name.length > NAME_LENGTH_MAX) return `the name must be no more than ${NAME_LENGTH_MAX} characters`
  const parts = name.split('/')
  const first = parts[0]!
  if (parts.length > 1 && looksLikeDomain(first)) {
    if (!DOMAIN.test(first)) return `'${first.slice(0, 40)}' is not a registry's address`
    parts.shift()
  }
  const bad = parts.find((part) => !PATH_PART.test(part))
  if (bad === undefined) return undefined
  if (PATH_PART.test(bad.toLowerCase())) return `the name must be lower case: '${bad.slice(0, 40)}'`
  return "must be an image reference such as 'nginx', 'nginx:1.27' or 'registry.example.com/team/web@sha256:...'"
}

const looksLikeDomain = (part: string): boolean => /[.:A-Z[]/.test(part) || part === 'localhost'

const tagFault = (tag: string): string =>
  tag.length > 128
    ? 'the tag must be no more than 128 characters'
    : "the tag may hold letters, digits, '_', '.' and '-' only"

function digestFault(digest: string): string | undefined {
  if (digest.startsWith('sha256:')) {
    return /^sha256:[0-9a-f]{64}$/.test(digest) ? undefined : 'a sha256 digest has 64 lower case hex digits'
  }
  return DIGEST.test(digest) ? undefined : "the digest must be such as 'sha256:' and 64 hex digits"
}
