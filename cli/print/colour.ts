/**
 * Colours, or none: as NO_COLOR, FORCE_COLOR, TERM=dumb and `--no-color` say, else where a person looks.
 *
 * @module
 */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const

export type ColourName = keyof typeof CODES
export type Palette = Readonly<Record<ColourName, (text: string) => string>>

export function palette(on: boolean): Palette {
  const entries = Object.entries(CODES).map(([name, code]) => [
    name,
    (text: string) => (on ? `\u001b[${code}m${text}\u001b[0m` : text),
  ])
  return Object.fromEntries(entries) as Palette
}

export interface ColourWish {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTty: boolean
  /** `false` for `--no-color`. */
  readonly option?: boolean | undefined
}

/** The more particular wish goes first: an option, FORCE_COLOR, NO_COLOR, the terminal. */
export function wantsColour({ env, isTty, option }: ColourWish): boolean {
  if (option === false) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  if (env['NO_COLOR']) return false
  return isTty && env['TERM'] !== 'dumb'
}

/** Told apart at a glance, none of them a sign of good or bad. */
const PREFIXES: readonly ColourName[] = ['cyan', 'magenta', 'blue', 'yellow', 'green']

/** A colour for each name, in turn: those beside one another differ. */
export function colours(): (name: string) => ColourName {
  const known = new Map<string, ColourName>()
  return (name) => {
    const colour = known.get(name) ?? PREFIXES[known.size % PREFIXES.length]!
    known.set(name, colour)
    return colour
  }
}
