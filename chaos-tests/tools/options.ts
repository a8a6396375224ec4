/**
 * What can be said to `npm run sim`: every option with its help, read strictly. An error names the option and what it takes.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { durationMs } from '../../cli/duration.ts'
import { didYouMean } from '../../cli/guess.ts'
import { hostileInput } from '../../crdt/objects/read.ts'
import { MUTATIONS } from '../mutations/index.ts'
import { NEMESES } from '../nemeses/index.ts'
import { WORKLOADS } from '../workloads/index.ts'
import { sentence } from './regression.ts'

export interface SimRequest {
  /** The first of them; undefined: by the clock. */
  readonly seed?: number
  readonly seeds?: number
  readonly hours?: number
  /** Undefined: as many as there are cores. */
  readonly jobs?: number
  readonly machines?: number
  readonly safety?: number
  readonly pause?: number
  readonly pace?: number
  readonly faults?: readonly string[]
  readonly workloads?: readonly string[]
  readonly replay?: string
  readonly trace?: readonly string[]
  readonly full?: true
  readonly until?: number
  readonly step?: true
  readonly picture?: string
  readonly shrink?: string
  readonly runs: number
  readonly within: number
  readonly why?: string
  readonly out?: string
  readonly mutations?: readonly string[] | true
  readonly keep?: true
  readonly bench?: true
  readonly replays?: number
  readonly nodes?: readonly string[]
  readonly scale?: readonly number[] | true
}

/** The words do not make sense; the message is the whole story. */
export class BadOptions extends Error {}

const EXAMPLES = `
Examples:
  npm run sim -- --hours 2                                    look for bugs
  npm run sim -- --seed 7 --trace amber,basil --until 90s     read along
  npm run sim -- --shrink 7                                   cut a failing run down, and keep it
  npm run sim -- --replay FILE --picture run.svg              see a kept one
`

/** Undefined: the help was asked for and has been shown. */
export function parseOptions(words: readonly string[], write: (text: string) => void): SimRequest | undefined {
  const program = programOf(write)
  try {
    program.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    throw new BadOptions(error.message.replace(/^error: /, ''))
  }
  const request = program.opts<SimRequest>()
  checkTogether(request)
  return request
}

function programOf(write: (text: string) => void): Command {
  const alone = ['hours', 'seeds', 'replay', 'shrink', 'mutations', 'bench', 'replays', 'scale']
  const mode = (flags: string, help: string, mayGoWith: readonly string[] = []): Option => {
    const option = new Option(flags, help)
    const isWith = [option.attributeName(), 'hours', ...mayGoWith]
    return option.conflicts(alone.filter((name) => !isWith.includes(name)))
  }
  return new Command('npm run sim --')
    .description('Runs Shoal under virtual time, with faults, and holds it to its promises.')
    .helpOption('--help', 'this')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => {} })
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .optionsGroup('Which runs:')
    .option('--seed <n>', 'the first seed (default: by the clock)', whole('--seed', 0))
    .option('--seeds <k>', 'so many in a row', whole('--seeds', 1))
    .option('--hours <h>', 'so many simulated hours, over as many seeds as it takes', positive('--hours'))
    .option('--jobs <j>', 'so many seeds at the same time (default: one a core)', whole('--jobs', 1))
    .option('--machines <m>', 'in place of the number drawn', whole('--machines', 1))
    .option('--safety <duration>', 'how long there are faults, in place of what was drawn', duration('--safety'))
    .option('--pause <duration>', 'mean time between two faults (default: 12 s)', duration('--pause'))
    .option('--pace <n>', 'users take so many times as long: for runs of hours', whole('--pace', 1))
    .option('--faults <kinds>', 'these alone, in place of those drawn, as crash,split; or "none"', kindsOfFaults)
    .option('--workloads <names>', 'users do this alone, in place of what was drawn', workloadNames)
    .addOption(mode('--replay <file>', 'the run that a regression file keeps'))
    .optionsGroup('Looking at one run:')
    .option('--trace <names>', 'what happens on these machines, line by line; "all" for all', names)
    .option('--full', 'with frames, gossip and writes to disks')
    .option('--until <duration>', 'stop there', duration('--until'))
    .option('--step', 'line by line, at the press of Enter')
    .option('--picture <file>', 'draw it: to an .svg or .txt file, or to the terminal with "-"', picture)
    .optionsGroup('Cutting a failing run down:')
    .addOption(mode('--shrink <seed|file>', 'find a smaller run that breaks the same rule, and keep it as a file'))
    .option('--runs <n>', 'at most so many tries', whole('--runs', 1), 400)
    .addOption(
      new Option('--within <duration>', 'at most so long, by the real clock')
        .argParser(duration('--within'))
        .default(20 * 60_000, '20m'),
    )
    .option('--why <sentence>', 'why it fails, for the file (default: what was broken)', whyItFails)
    .option('--out <file>', 'default: chaos-tests/regressions/RULE-SEED.json')
    .optionsGroup('Other:')
    .addOption(
      mode('--mutations [names]', 'hunt deliberate bugs, all or some; figures as JSON lines', ['seeds']).argParser(
        mutationNames,
      ),
    )
    .option('--keep', 'write what mutations were cut down to where the tests look for it')
    .addOption(
      mode('--replays <n>', 'the same five seeds over and over, so often, each time under other circumstances', [
        'seeds',
      ]).argParser(whole('--replays', 1)),
    )
    .option('--nodes <paths>', 'with --replays: other releases of Node to run in, as bin/node22,bin/node24', paths)
    .addOption(
      mode('--scale [sizes]', 'how it grows: clusters of so many nodes, as 10,100; figures as JSON lines').argParser(
        clusterSizes,
      ),
    )
    .addOption(
      mode('--bench', 'how fast it is: seven machines, ten Deployments, faults; a table, and figures as JSON lines'),
    )
}

function checkTogether(request: SimRequest): void {
  const { trace, full, until, step, picture: drawn, seeds, hours, replay, shrink, why, out } = request
  const looking = { '--trace': trace, '--until': until, '--step': step, '--picture': drawn }
  for (const [option, value] of Object.entries(looking)) {
    const many = [
      ['--seeds', (seeds ?? 1) > 1],
      ['--hours', hours !== undefined],
      ['--shrink', shrink !== undefined],
    ] as const
    const [other] = many.find(([, is]) => is) ?? []
    if (value !== undefined && other !== undefined)
      throw new BadOptions(`option ${option} looks at one run: it goes with --seed or --replay, not with ${other}`)
  }
  if ((full ?? step) && trace === undefined)
    throw new BadOptions(`option ${full ? '--full' : '--step'} needs --trace, which says whose lines are wanted`)
  if ((why ?? out) !== undefined && shrink === undefined)
    throw new BadOptions(`option ${why === undefined ? '--out' : '--why'} goes with --shrink alone`)
  if (request.keep === true && request.mutations === undefined)
    throw new BadOptions('option --keep goes with --mutations alone')
  if (request.nodes !== undefined && request.replays === undefined)
    throw new BadOptions('option --nodes goes with --replays alone')
  const drawnAnew = {
    '--seed': request.seed,
    '--machines': request.machines,
    '--safety': request.safety,
    '--pause': request.pause,
    '--pace': request.pace,
  }
  for (const [option, value] of Object.entries(drawnAnew)) {
    if (value !== undefined && replay !== undefined)
      throw new BadOptions(`option ${option} changes what is drawn, and --replay draws nothing: its file says it all`)
  }
}

function whole(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
      throw new BadOptions(`option ${option} "${text}": must be a whole number, ${least} or more`)
    return value
  }
}

function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+(\.\d+)?$/.test(text) || value <= 0)
      throw new BadOptions(`option ${option} "${text}": must be a number over 0, as 2 or 0.5`)
    return value
  }
}

function duration(option: string): (text: string) => number {
  return (text) => {
    const ms = parsedDuration(option, text)
    if (ms > 0) return ms
    throw new BadOptions(`option ${option} "${text}": must be longer than nothing, as 90s`)
  }
}

function parsedDuration(option: string, text: string): number {
  try {
    return durationMs(`option ${option}`, text)
  } catch (error) {
    throw new BadOptions((error as Error).message)
  }
}

function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim())
  if (list.includes('')) throw new BadOptions(`option --trace "${text}": must be names of machines, as amber,basil`)
  return list
}

function paths(text: string): string[] {
  const list = text.split(',').map((path) => path.trim())
  const missing = list.find((path) => !existsSync(path))
  if (missing !== undefined) throw new BadOptions(`option --nodes "${missing}": there is no such file`)
  return list
}

/** Some die on the way: of fewer nothing would be left to measure. */
const SCALE_NODES_MIN = 5

function clusterSizes(text: string): number[] {
  const sizes = text.split(',').map(Number)
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= SCALE_NODES_MIN)) return sizes
  throw new BadOptions(`option --scale "${text}": must be numbers of nodes, each ${SCALE_NODES_MIN} or more, as 10,100`)
}

const mutationNames = amongKnown(
  '--mutations',
  MUTATIONS.map(({ name }) => name),
)
const workloadNames = amongKnown(
  '--workloads',
  WORKLOADS.map(({ name }) => name),
)
const kindNames = amongKnown(
  '--faults',
  NEMESES.map(({ kind }) => kind),
)

function kindsOfFaults(text: string): string[] {
  return text === 'none' ? [] : kindNames(text)
}

/** Reads names with commas between them. */
function amongKnown(option: string, known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const wanted = text.split(',').map((name) => name.trim())
    const unknown = wanted.find((name) => !known.includes(name))
    if (unknown !== undefined)
      throw new BadOptions(
        `option ${option} "${unknown}": is none of the catalogue, ${known.join(', ')}${didYouMean(unknown, known)}`,
      )
    return wanted
  }
}

function picture(file: string): string {
  if (file === '-' || /\.(svg|txt)$/.test(file)) return file
  throw new BadOptions(`option --picture "${file}": must end in .svg or .txt, or be -`)
}

/** As the file is read again: not to be found wrong when all the shrinking is done. */
function whyItFails(text: string): string {
  const read = hostileInput(() => sentence(text, `option --why "${text}":`))
  if ('error' in read) throw new BadOptions(read.error)
  return read.fact
}

/** Those wanted; undefined for all. */
export function watchedOf(trace: readonly string[], machines: readonly string[]): ReadonlySet<string> | undefined {
  if (trace.length === 1 && trace[0] === 'all') return undefined
  const unknown = trace.find((name) => !machines.includes(name))
  if (unknown !== undefined)
    throw new BadOptions(
      `option --trace "${unknown}": the machines of this run are ${machines.join(', ')}${didYouMean(unknown, machines)}`,
    )
  return new Set(trace)
}
