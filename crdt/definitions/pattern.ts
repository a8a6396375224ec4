/**
 * `pattern` of a schema: a regular expression as Go's RE2 has it, matched in time proportional to the text, whatever the
 * pattern is. It comes from anybody who may write a definition, and JavaScript's own can be made to run for years.
 *
 * An expression is read into a tree, the tree laid out as steps, and all steps that a text may be at are followed at once
 * (Thompson's way), one character at a time. So there is nothing to go back to, and no lookahead or backreference, as in RE2.
 *
 * @module
 */

/** Longer ones nobody writes; and steps that one may become: `a{1,1000}` is a thousand. */
const PATTERN_CHARS_MAX = 2_048
const STEPS_MAX = 4_096
const GROUPS_DEEP_MAX = 64
/** As RE2. */
const REPEAT_MAX = 1_000

type Test = (codePoint: number) => boolean
type Assertion = 'begin' | 'end' | 'line-begin' | 'line-end' | 'word' | 'no-word'

type Tree =
  | { readonly is: 'one'; readonly test: Test }
  | { readonly is: 'assert'; readonly what: Assertion }
  | { readonly is: 'all' | 'any'; readonly of: readonly Tree[] }
  | { readonly is: 'repeat'; readonly of: Tree; readonly min: number; readonly max: number }

type Step =
  | { readonly is: 'one'; readonly test: Test }
  | { readonly is: 'assert'; readonly what: Assertion }
  | { readonly is: 'fork'; readonly to: readonly number[] }
  | { readonly is: 'match' }

/** Work that may still be done. Shared by all that is looked at for one request. */
export interface Budget {
  steps: number
}

export class TooCostly extends Error {}

export function spend(budget: Budget, steps: number): void {
  budget.steps -= steps
  if (budget.steps < 0) throw new TooCostly('it takes too long to hold this object to its schema')
}

export class PatternError extends Error {}

export class Pattern {
  readonly #steps: readonly Step[]

  private constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  /** Throws `PatternError`. */
  static of(text: string): Pattern {
    if (text.length > PATTERN_CHARS_MAX) throw new PatternError(`it has more than ${PATTERN_CHARS_MAX} characters`)
    const steps: Step[] = []
    lay(new Reading(text).whole(), steps)
    steps.push({ is: 'match' })
    return new Pattern(steps)
  }

  /** How much work a character may be. */
  get size(): number {
    return this.#steps.length
  }

  /** Whether it matches anywhere in the text, as in Go. Throws `TooCostly`. */
  matches(text: string, budget: Budget): boolean {
    const points = Array.from(text, (character) => character.codePointAt(0)!)
    let now = new Set<number>()
    for (let at = 0; at <= points.length; at += 1) {
      this.#follow(0, { points, at, into: now })
      spend(budget, now.size + 1)
      const next = new Set<number>()
      for (const step of now) {
        const { is } = this.#steps[step]!
        if (is === 'match') return true
        if (at < points.length && this.#takes(step, points[at]!)) this.#follow(step + 1, { points, at: at + 1, into: next }) // prettier-ignore
      }
      now = next
    }
    return false
  }

  #takes(at: number, point: number): boolean {
    const step = this.#steps[at]!
    return step.is === 'one' && step.test(point)
  }

  /** All steps that are reached from one without a character. */
  #follow(first: number, { points, at, into }: { points: readonly number[]; at: number; into: Set<number> }): void {
    const open = [first]
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (into.has(step)) continue
      into.add(step)
      const said = this.#steps[step]!
      if (said.is === 'fork') open.push(...said.to)
      else if (said.is === 'assert' && holds(said.what, points, at)) open.push(step + 1)
    }
  }
}

const NEWLINE = 10

function holds(what: Assertion, points: readonly number[], at: number): boolean {
  switch (what) {
    case 'begin':
      return at === 0
    case 'end':
      return at === points.length
    case 'line-begin':
      return at === 0 || points[at - 1] === NEWLINE
    case 'line-end':
      return at === points.length || points[at] === NEWLINE
    case 'word':
    case 'no-word':
      return (isWord(points[at - 1]) !== isWord(points[at])) === (what === 'word')
  }
}

const isWord = (point: number | undefined): boolean => point !== undefined && WORD(point)

// ---- the tree as steps

function lay(tree: Tree, steps: Step[]): void {
  if (steps.length > STEPS_MAX) throw new PatternError('it is too large')
  switch (tree.is) {
    case 'one':
    case 'assert':
      steps.push(tree)
      return
    case 'all':
      for (const each of tree.of) lay(each, steps)
      return
    case 'any':
      return layChoice(tree.of, steps)
    case 'repeat':
      return layRepeat(tree, steps)
  }
}

function layChoice(of: readonly Tree[], steps: Step[]): void {
  const fork = steps.length
  steps.push({ is: 'fork', to: [] })
  const [begins, ends]: [number[], number[]] = [[], []]
  for (const each of of) {
    begins.push(steps.length)
    lay(each, steps)
    ends.push(steps.length)
    steps.push({ is: 'fork', to: [] })
  }
  steps[fork] = { is: 'fork', to: begins }
  for (const end of ends) steps[end] = { is: 'fork', to: [steps.length] }
}

function layRepeat({ of, min, max }: Extract<Tree, { is: 'repeat' }>, steps: Step[]): void {
  for (let count = 0; count < min; count += 1) lay(of, steps)
  if (max === Infinity) {
    const fork = steps.length
    steps.push({ is: 'fork', to: [] })
    lay(of, steps)
    steps.push({ is: 'fork', to: [fork] })
    steps[fork] = { is: 'fork', to: [fork + 1, steps.length] }
    return
  }
  const forks: number[] = []
  for (let count = min; count < max; count += 1) {
    forks.push(steps.length)
    steps.push({ is: 'fork', to: [] })
    lay(of, steps)
  }
  for (const fork of forks) steps[fork] = { is: 'fork', to: [fork + 1, steps.length] }
}

// ---- the text as a tree

interface Flags {
  /** Letters of either case. */
  readonly i: boolean
  /** `^` and `$` at lines. */
  readonly m: boolean
  /** A dot is a newline, too. */
  readonly s: boolean
}

type Range = readonly [from: number, to: number]

const within =
  (ranges: readonly Range[]): Test =>
  (point) =>
    ranges.some(([from, to]) => point >= from && point <= to)

const not =
  (test: Test): Test =>
  (point) =>
    !test(point)

const rangeOf = (...pairs: readonly string[]): readonly Range[] =>
  pairs.map((pair) => [pair.codePointAt(0)!, pair.codePointAt(pair.length - 1)!])

const DIGIT = within(rangeOf('09'))
const SPACE = within([[9, 10], [12, 13], [32, 32]]) // prettier-ignore
const WORD = within(rangeOf('09', 'AZ', 'az', '_'))

const CLASSES: Readonly<Record<string, Test>> = {
  d: DIGIT,
  D: not(DIGIT),
  s: SPACE,
  S: not(SPACE),
  w: WORD,
  W: not(WORD),
}

const NAMED: Readonly<Record<string, readonly Range[]>> = {
  alnum: rangeOf('09', 'AZ', 'az'),
  alpha: rangeOf('AZ', 'az'),
  ascii: [[0, 127]],
  blank: rangeOf('\t', ' '),
  cntrl: [[0, 31], [127, 127]], // prettier-ignore
  digit: rangeOf('09'),
  graph: rangeOf('!~'),
  lower: rangeOf('az'),
  print: rangeOf(' ~'),
  punct: rangeOf('!/', ':@', '[`', '{~'),
  space: [[9, 13], [32, 32]], // prettier-ignore
  upper: rangeOf('AZ'),
  word: rangeOf('09', 'AZ', 'az', '_'),
  xdigit: rangeOf('09', 'AF', 'af'),
}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }

const ASSERTIONS: Readonly<Record<string, Assertion>> = { A: 'begin', z: 'end', b: 'word', B: 'no-word' }

class Reading {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#characters = Array.from(text)
  }

  whole(): Tree {
    const tree = this.#choice({ i: false, m: false, s: false })
    if (this.#peek !== undefined) throw new PatternError('unexpected )')
    return tree
  }

  get #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(): string {
    const character = this.#characters[this.#at]
    if (character === undefined) throw new PatternError('it ends too early')
    this.#at += 1
    return character
  }

  #takes(text: string): boolean {
    const is = this.#characters.slice(this.#at, this.#at + text.length).join('') === text
    if (is) this.#at += text.length
    return is
  }

  #choice(flags: Flags): Tree {
    const of: Tree[] = []
    let now = flags
    do {
      const [tree, after] = this.#sequence(now)
      of.push(tree)
      // `(?i)` holds to the end of the group that it stands in.
      now = after
    } while (this.#takes('|'))
    return of.length === 1 ? of[0]! : { is: 'any', of }
  }

  #sequence(flags: Flags): [Tree, Flags] {
    const of: Tree[] = []
    let now = flags
    while (this.#peek !== undefined && this.#peek !== '|' && this.#peek !== ')') {
      if (this.#takes('(?')) {
        const group = this.#group(now)
        if ('flags' in group) now = group.flags
        else of.push(this.#repeated(group.tree))
      } else if (this.#takes('\\Q')) {
        while (this.#peek !== undefined && !this.#takes('\\E')) of.push(literal(this.#take().codePointAt(0)!, now))
      } else of.push(this.#repeated(this.#one(now)))
    }
    return [{ is: 'all', of }, now]
  }

  #repeated(of: Tree): Tree {
    const counts = this.#counts()
    if (counts === undefined) return of
    // How much it prefers to take makes no difference to whether it matches.
    this.#takes('?')
    if (this.#peek !== undefined && '*+?'.includes(this.#peek)) throw new PatternError('a repetition of a repetition')
    return { is: 'repeat', of, ...counts }
  }

  #counts(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Infinity }
    if (this.#takes('+')) return { min: 1, max: Infinity }
    if (this.#takes('?')) return { min: 0, max: 1 }
    const [braces, least, comma, most] = /^\{(\d{1,9})(,?)(\d{0,9})\}/.exec(this.#characters.slice(this.#at, this.#at + 24).join('')) ?? [] // prettier-ignore
    if (braces === undefined) return undefined
    const min = Number(least)
    const max = comma === '' ? min : most === '' ? Infinity : Number(most)
    if (min > REPEAT_MAX || (max !== Infinity && max > REPEAT_MAX) || min > max)
      throw new PatternError(`invalid repeat count: ${braces}`)
    this.#at += braces.length
    return { min, max }
  }

  /** After `(?`. */
  #group(flags: Flags): { readonly tree: Tree } | { readonly flags: Flags } {
    if (this.#takes('P<') || (this.#peek === '<' && /^<[A-Za-z_]/.test(`<${this.#characters[this.#at + 1] ?? ''}`))) {
      const name = this.#until('>').replace('<', '')
      if (!/^\w+$/.test(name)) throw new PatternError('a group has no proper name')
      return { tree: this.#inside(flags) }
    }
    let [now, isOn] = [flags, true]
    for (;;) {
      const character = this.#take()
      if (character === ':') return { tree: this.#inside(now) }
      if (character === ')') return { flags: now }
      if (character === '-') isOn = false
      else if ('ims'.includes(character)) now = { ...now, [character]: isOn }
      else if (character !== 'U') throw new PatternError(`invalid or unsupported Perl syntax: (?${character}`)
    }
  }

  #until(end: string): string {
    let text = ''
    for (let character = this.#take(); character !== end; character = this.#take()) text += character
    return text
  }

  #inside(flags: Flags): Tree {
    this.#depth += 1
    if (this.#depth > GROUPS_DEEP_MAX) throw new PatternError('groups are nested too deep')
    const tree = this.#choice(flags)
    if (!this.#takes(')')) throw new PatternError('missing closing )')
    this.#depth -= 1
    return tree
  }

  #one(flags: Flags): Tree {
    const character = this.#take()
    switch (character) {
      case '(':
        return this.#inside(flags)
      case '[':
        return one(this.#class(flags), flags)
      case '.':
        return { is: 'one', test: flags.s ? () => true : (point) => point !== NEWLINE }
      case '^':
        return { is: 'assert', what: flags.m ? 'line-begin' : 'begin' }
      case '$':
        return { is: 'assert', what: flags.m ? 'line-end' : 'end' }
      case '*':
      case '+':
      case '?':
        throw new PatternError(`missing argument to repetition operator: ${character}`)
      case '\\': {
        const what = ASSERTIONS[this.#peek ?? '']
        if (what === undefined) return one(this.#escaped(), flags)
        this.#at += 1
        return { is: 'assert', what }
      }
      default:
        return literal(character.codePointAt(0)!, flags)
    }
  }

  /** After a backslash. */
  #escaped(): Test {
    const point = this.#escapedPoint()
    return typeof point === 'function' ? point : within([[point, point]])
  }

  #escapedPoint(): number | Test {
    const character = this.#take()
    const known = CLASSES[character] ?? CONTROLS[character]
    if (known !== undefined) return known
    if (character === 'p' || character === 'P') {
      const name = this.#takes('{') ? this.#until('}') : this.#take()
      return character === 'P' ? not(property(name)) : property(name)
    }
    if (character === 'x') {
      const digits = this.#takes('{') ? this.#until('}') : this.#take() + this.#take()
      if (!/^[0-9A-Fa-f]{1,6}$/.test(digits)) throw new PatternError('invalid escape sequence: \\x')
      return Number.parseInt(digits, 16)
    }
    if (/[A-Za-z0-9]/.test(character)) throw new PatternError(`invalid escape sequence: \\${character}`)
    return character.codePointAt(0)!
  }

  /** After `[`. */
  #class(flags: Flags): Test {
    const isNegated = this.#takes('^')
    const tests: Test[] = []
    for (let isFirst = true; isFirst || this.#peek !== ']'; isFirst = false) tests.push(this.#classItem(flags))
    this.#at += 1
    const any: Test = (point) => tests.some((test) => test(point))
    const either: Test = flags.i ? (point) => casesOf(point).some(any) : any
    return isNegated ? not(either) : either
  }

  #classItem(flags: Flags): Test {
    if (this.#takes('[:')) {
      const isNegated = this.#takes('^')
      const name = this.#until(':')
      const ranges = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
      if (ranges === undefined || !this.#takes(']')) throw new PatternError('invalid character class range')
      return isNegated ? not(within(ranges)) : within(ranges)
    }
    const from = this.#classPoint()
    if (typeof from === 'function') return from
    if (this.#peek !== '-' || [']', undefined].includes(this.#characters[this.#at + 1])) return within([[from, from]])
    this.#at += 1
    const to = this.#classPoint()
    if (typeof to === 'function' || to < from) throw new PatternError('invalid character class range')
    return flags.i ? (point) => casesOf(point).some(within([[from, to]])) : within([[from, to]])
  }

  #classPoint(): number | Test {
    const character = this.#take()
    return character === '\\' ? this.#escapedPoint() : character.codePointAt(0)!
  }
}

function casesOf(point: number): readonly number[] {
  const character = String.fromCodePoint(point)
  return [point, character.toLowerCase().codePointAt(0)!, character.toUpperCase().codePointAt(0)!]
}

function one(test: Test, { i }: Flags): Tree {
  return { is: 'one', test: i ? (point) => casesOf(point).some(test) : test }
}

const literal = (point: number, flags: Flags): Tree => one(within([[point, point]]), flags)

/** `L`, `Lu`, `Greek`: one character at a time, so that JavaScript's own have nothing to go back to. */
function property(name: string): Test {
  for (const text of [`\\p{${name}}`, `\\p{Script=${name}}`]) {
    if (!/^\w{1,40}$/.test(name)) break
    try {
      const regex = new RegExp(`^${text}$`, 'u')
      return (point) => regex.test(String.fromCodePoint(point))
    } catch {
      // No general category; it may be a script.
    }
  }
  throw new PatternError(`invalid character class range: \\p{${name.slice(0, 40)}}`)
}
