/**
 * What may be called what: Kubernetes' grammars of names, each a check that answers with the sentence Kubernetes would say,
 * or undefined where the text is good. Lengths come first, so that no pattern ever sees a long text.
 *
 * @module
 */

export type TextCheck = (text: string) => string | undefined

const LABEL_LENGTH_MAX = 63
const SUBDOMAIN_LENGTH_MAX = 253

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

const examples = (...names: readonly string[]): string => `(e.g. ${names.map((name) => `'${name}'`).join(',  or ')}, `

/** The sentence's end, word for word as Kubernetes has it. */
const regexNote = (pattern: string): string => `regex used for validation is '${pattern}')`

const check = ({
  pattern,
  lengthMax,
  sentence,
}: {
  pattern: string
  lengthMax: number
  sentence: string
}): TextCheck => {
  const regex = new RegExp(`^(?:${pattern})$`)
  const tooLong = `must be no more than ${lengthMax} characters`
  return (text) => (text.length > lengthMax ? tooLong : regex.test(text) ? undefined : sentence)
}

/** Namespaces, containers, hostnames. */
export const dnsLabel: TextCheck = check({
  pattern: label,
  lengthMax: LABEL_LENGTH_MAX,
  sentence:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character " +
    examples('my-name', '123-abc') +
    regexNote(label),
})

/** Most objects, Deployments among them. */
export const dnsSubdomain: TextCheck = check({
  pattern: `${label}(\\.${label})*`,
  lengthMax: SUBDOMAIN_LENGTH_MAX,
  sentence:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
    examples('example.com') +
    regexNote(`${label}(\\.${label})*`),
})

/** Services: their names become DNS labels and environment variables, so they start with a letter. */
export const dns1035Label: TextCheck = check({
  pattern: '[a-z]([-a-z0-9]*[a-z0-9])?',
  lengthMax: LABEL_LENGTH_MAX,
  sentence:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character " +
    examples('my-name', 'abc-123') +
    regexNote('[a-z]([-a-z0-9]*[a-z0-9])?'),
})

export const labelValue: TextCheck = check({
  pattern: '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
  lengthMax: LABEL_LENGTH_MAX,
  sentence:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
    examples('MyValue', 'my_value', '12345') +
    regexNote('(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'),
})

const qualifiedPart: TextCheck = check({
  pattern: '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]',
  lengthMax: LABEL_LENGTH_MAX,
  sentence:
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
    examples('MyName', 'my.name', '123-abc') +
    regexNote('([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'),
})

/** Keys of labels, annotations, taints and extended resources: `[prefix/]name`. */
export const qualifiedName: TextCheck = (text) => {
  const slash = text.indexOf('/')
  if (slash === -1) return prefixed('name part', qualifiedPart(text))
  if (slash === 0) return 'prefix part must be non-empty'
  return (
    prefixed('prefix part', dnsSubdomain(text.slice(0, slash))) ??
    prefixed('name part', qualifiedPart(text.slice(slash + 1)))
  )
}

const prefixed = (part: string, sentence: string | undefined): string | undefined => sentence && `${part} ${sentence}`

/** Names of ports: IANA service names. */
export const portName: TextCheck = (text) => {
  if (text.length > 15) return 'must be no more than 15 characters'
  if (!/^[-a-z0-9]*$/.test(text)) return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'
  if (!/[a-z]/.test(text)) return 'must contain at least one letter (a-z)'
  if (text.includes('--')) return 'must not contain consecutive hyphens'
  return /^-|-$/.test(text) ? 'must not begin or end with a hyphen' : undefined
}

/** Looser than a shell's: Kubernetes allows dots and dashes. */
export const environmentName: TextCheck = check({
  pattern: '[-._a-zA-Z][-._a-zA-Z0-9]*',
  lengthMax: 1024,
  sentence:
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit " +
    examples('my.env-name', 'MY_ENV.NAME', 'MyEnvName1') +
    regexNote('[-._a-zA-Z][-._a-zA-Z0-9]*'),
})

/** What goes to a program as it stands: operating systems end strings at NUL. */
export const noNul: TextCheck = (text) => (text.includes('\0') ? 'must not contain NUL characters' : undefined)

/** Of either family. */
export const ipAddress: TextCheck = (text) => {
  const isIPv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
  const isIPv6 = text.length <= 45 && /^[0-9a-fA-F.]*:[0-9a-fA-F:.]+$/.test(text)
  return isIPv4 || isIPv6 ? undefined : 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
}
