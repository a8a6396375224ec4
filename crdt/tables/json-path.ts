/**
 * JSONPath as the columns of a definition use it: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`,
 * `.spec.hosts[0]`, `.metadata.labels['app\.kubernetes\.io/name']`, `.spec.rules[*].host`.
 *
 * @module
 */
type Step =
  | { readonly is: 'field'; readonly name: string }
  | { readonly is: 'place'; readonly at: number }
  | { readonly is: 'all' }
  | { readonly is: 'where'; readonly path: readonly string[]; readonly value: string; readonly isEqual: boolean }

/** Values that are gathered; a cell of more nobody reads. */
const VALUES_MAX = 64

const STEPS: readonly [RegExp, (match: RegExpExecArray) => Step][] = [
  [/^\[\*\]|^\.\*/, () => ({ is: 'all' })],
  [/^\[(-?\d{1,9})\]/, ([, at]) => ({ is: 'place', at: Number(at) })],
  [
    /^\[\?\(\s*@((?:\.[\w-]+)+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*\)\]/,
    ([, path = '', operator, double, single, bare]) => ({
      is: 'where',
      path: path.split('.').slice(1),
      value: double ?? single ?? bare ?? '',
      isEqual: operator === '==',
    }),
  ],
  [/^\[(?:'([^']*)'|"([^"]*)")\]/, ([, single, double]) => ({ is: 'field', name: unescaped(single ?? double ?? '') })],
  [/^\.((?:[^.[\]\\]|\\.)+)/, ([, name = '']) => ({ is: 'field', name: unescaped(name) })],
]

const unescaped = (name: string): string => name.replaceAll(/\\(.)/g, '$1')

/** Undefined: it is none of these. */
export function parseJsonPath(path: string): readonly Step[] | undefined {
  const steps: Step[] = []
  let rest = path.replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '')
  while (rest !== '') {
    const read = STEPS.map(([pattern, stepOf]) => [pattern.exec(rest), stepOf] as const).find(
      ([match]) => match !== null,
    )
    if (read === undefined) return undefined
    const [match, stepOf] = read
    steps.push(stepOf(match!))
    rest = rest.slice(match![0].length)
  }
  return steps
}

/** What stands there, in the order of the object. */
export function valuesAt(object: unknown, steps: readonly Step[]): readonly unknown[] {
  return steps.reduce<readonly unknown[]>(
    (values, step) => values.flatMap((value) => valuesOf(value, step)).slice(0, VALUES_MAX),
    [object],
  )
}

function valuesOf(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  switch (step.is) {
    case 'field':
      return Object.hasOwn(value, step.name) ? [(value as Record<string, unknown>)[step.name]] : []
    case 'place':
      return Array.isArray(value) && value.at(step.at) !== undefined ? [value.at(step.at)] : []
    case 'all':
      return Object.values(value)
    case 'where': {
      const fields = step.path.map((name): Step => ({ is: 'field', name }))
      return Object.values(value).filter(
        (each) => valuesAt(each, fields).some((one) => String(one) === step.value) === step.isEqual,
      )
    }
  }
}
