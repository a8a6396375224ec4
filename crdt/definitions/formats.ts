/**
 * Formats of texts and numbers that a schema may name, as Kubernetes checks them. One that is not here says nothing.
 *
 * @module
 */
type Check = (text: string) => boolean

const isIPv4: Check = (text) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255 && !/^0\d/.test(part))

function isIPv6(text: string): boolean {
  if (text.length > 45 || !/^[0-9a-fA-F:.]*$/.test(text) || !text.includes(':')) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const isMixed = last.includes('.')
  if (isMixed && !isIPv4(last)) return false
  const words = isMixed ? groups.slice(0, -1) : groups
  if (!words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return false
  const count = words.length + (isMixed ? 2 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128)
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year === undefined) return false
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1]
  return days !== undefined && Number(day) >= 1 && Number(day) <= days
}

const TIME = /^[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

const isDateTime: Check = (text) => text.length <= 40 && isDate(text.slice(0, 10)) && TIME.test(text.slice(10))

const isLabel: Check = (text) => text.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$/.test(text)

const isHostname: Check = (text) => text.length <= 255 && text.split('.').every(isLabel)

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (text.length > 320 || at < 1) return false
  return /^[^\s@<>(),;:\\"[\]]+$/.test(text.slice(0, at)) && isHostname(text.slice(at + 1))
}

/** As `url.ParseRequestURI` of Go: absolute, or a path. */
const isUri: Check = (text) => /^([A-Za-z][-+.A-Za-z0-9]*:|\/)[^\s]*$/.test(text)

const isBase64: Check = (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

const uuid = (version: string): Check => {
  const regex = new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i')
  return (text) => text.length <= 36 && regex.test(text)
}

const isDuration: Check = (text) =>
  text.length <= 64 && /^(0|[+-]?(\d{1,18}(\.\d{0,9})?\s?(ns|us|µs|ms|s|m|h|d|w|seconds?|minutes?|hours?|days?|weeks?)\s?)+)$/.test(text) // prettier-ignore

const FORMATS: Readonly<Record<string, Check>> = {
  bsonobjectid: (text) => /^[0-9a-fA-F]{24}$/.test(text),
  byte: isBase64,
  cidr: isCidr,
  date: isDate,
  'date-time': isDateTime,
  datetime: isDateTime,
  duration: isDuration,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  mac: (text) => /^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/.test(text),
  uri: isUri,
  uuid: uuid('[0-9a-f]'),
  uuid3: uuid('3'),
  uuid4: uuid('4'),
  uuid5: uuid('5'),
}

/** Texts longer than this are of none of them but `byte`. */
const TEXT_CHARS_MAX = 8_192

/** Whether a text is of a format; of one that nobody knows it is. */
export function isOfFormat(format: string, text: string): boolean {
  const check = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  if (check === undefined) return true
  return (text.length <= TEXT_CHARS_MAX || format === 'byte') && check(text)
}

const INT32 = 2 ** 31
/** Whole numbers beyond these are not told apart in JSON. */
const INT64 = 2 ** 63

/** Whether a whole number is of a format. */
export function isInRange(format: string | undefined, value: number): boolean {
  const bound = format === 'int32' ? INT32 : INT64
  return value >= -bound && value < bound
}
