/**
 * Amounts as Kubernetes writes them: `500m` of a core, `128Mi` of memory, `1e3`, `0.5`.
 *
 * @module
 */

const MULTIPLIERS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** No amount has more digits; the pattern below never sees a long text. */
const LENGTH_MAX = 32

const PATTERN = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?\d{1,2}))$/

/** The amount in whole units, or undefined where it is none. YAML's bare numbers (`cpu: 1`) count. */
export function parseQuantity(quantity: number | string): number | undefined {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? quantity : undefined
  const parts = quantity.length > LENGTH_MAX ? null : PATTERN.exec(quantity)
  if (parts === null) return undefined
  const [, mantissa, suffix = '', exponent = '0'] = parts
  return Number(`${mantissa}e${exponent}`) * MULTIPLIERS[suffix]!
}

/** The check of a field that holds an amount. */
export function quantityCheck(quantity: number | string): string | undefined {
  const amount = parseQuantity(quantity)
  if (amount === undefined) {
    return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
  }
  return amount < 0 ? 'must be greater than or equal to 0' : undefined
}

/** Thousandths of a core, rounded up as Kubernetes does. Undefined where nothing was said. */
export function cpuMilli(quantity: number | string | undefined): number | undefined {
  return quantity === undefined ? undefined : roundedUp(parseQuantity(quantity), 1000)
}

export function memoryBytes(quantity: number | string | undefined): number | undefined {
  return quantity === undefined ? undefined : roundedUp(parseQuantity(quantity), 1)
}

/** Rounds up what is more than floating-point dust over a whole: 0.1 + 0.2 cores are 300m, not 301m. */
function roundedUp(amount: number | undefined, scale: number): number | undefined {
  return amount === undefined ? undefined : Math.ceil(Number((amount * scale).toPrecision(15)))
}

/** `4`, `1500m`. */
export const formatCpu = (milli: number): string => (milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`)

/** `16384Ki`; bytes where it is no whole number of them. */
export const formatMemory = (bytes: number): string => (bytes % 1024 === 0 ? `${bytes / 1024}Ki` : String(bytes))
