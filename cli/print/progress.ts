/**
 * Shows rollouts while they happen: on a terminal a tree that is drawn anew in place, elsewhere a plain line per event.
 *
 * ```
 * web  2/3 ready                                1.4s
 *  ├ web-7c9d8f-a1b2c  amber  ready
 *  ├ web-7c9d8f-d3e4f  basil  ready
 *  └ web-7c9d8f-g5h6i  cedar  ContainerCreating
 * ```
 *
 * @module
 */
import type { PodLine, Rollout } from '../rollout.ts'
import type { Palette } from './colour.ts'
import { safe } from './safe.ts'
import { pad, width } from './table.ts'

export interface Progress {
  show(rollouts: readonly Rollout[], elapsedMs: number): void
  /** Leaves what was shown last. */
  end(): void
}

export interface Screen {
  readonly write: (text: string) => void
  readonly columns: number
  readonly rows: number
}

/** A tree longer than the screen would scroll and be drawn twice: the rest is counted. */
const PODS_SHOWN_MAX = 12

export class LiveTree implements Progress {
  readonly #screen: Screen
  readonly #palette: Palette
  #height = 0

  constructor(screen: Screen, palette: Palette) {
    this.#screen = screen
    this.#palette = palette
  }

  show(rollouts: readonly Rollout[], elapsedMs: number): void {
    const lines = rollouts
      .flatMap((rollout) => this.#tree(rollout, elapsedMs))
      .slice(0, Math.max(1, this.#screen.rows - 1))
    const up = this.#height === 0 ? '' : `\u001b[${this.#height}A`
    // Each line is cut, or it would wrap and take two, and cleared behind its end, or an older one would look out.
    this.#screen.write(`${up}${lines.map((line) => `\r${cut(line, this.#screen.columns)}\u001b[K\n`).join('')}\u001b[J`)
    this.#height = lines.length
  }

  end(): void {
    this.#height = 0
  }

  #tree(rollout: Rollout, elapsedMs: number): readonly string[] {
    const { bold, dim, green } = this.#palette
    const { name, isDone } = rollout
    const head = `${bold(name)}  ${isDone ? green(countOf(rollout)) : countOf(rollout)}`
    const first = `${pad(head, 44)} ${dim(seconds(elapsedMs))}`
    const shown = rollout.pods.slice(0, PODS_SHOWN_MAX)
    const left = rollout.pods.length - shown.length
    const widest = Math.max(0, ...shown.map((pod) => width(pod.name)))
    const nodeWidest = Math.max(0, ...shown.map((pod) => width(pod.node || '-')))
    const lines = shown.map(
      (pod) => `${pad(safe(pod.name), widest)}  ${pad(safe(pod.node || '-'), nodeWidest)}  ${this.#state(pod)}`,
    )
    if (left > 0) lines.push(dim(`and ${left} more`))
    return [first, ...lines.map((line, at) => ` ${dim(at === lines.length - 1 ? '└' : '├')} ${line}`)]
  }

  #state(pod: PodLine): string {
    const { dim, green, yellow } = this.#palette
    if (pod.isOld || pod.state === 'Terminating')
      return dim(pod.state === 'Terminating' ? 'stopping' : 'older template')
    return pod.isReady ? green('ready') : yellow(describe(pod))
  }
}

/** [CLI99] Of an update both: how far it is, and what serves meanwhile. */
function countOf({ name, ready, serving, wanted, isPaused }: Rollout): string {
  if (isPaused) return `${ready}/${wanted} updated, paused: \`shoal rollout resume ${name}\` goes on`
  return serving > ready ? `${ready}/${wanted} updated, ${serving} serve` : `${ready}/${wanted} ready`
}

/** A line when something changed, and none otherwise. */
export class PlainLines implements Progress {
  readonly #write: (line: string) => void
  readonly #last = new Map<string, string>()

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  show(rollouts: readonly Rollout[], elapsedMs: number): void {
    for (const rollout of rollouts) {
      const { name, isDone, pods } = rollout
      const gone = [...this.#last.keys()].filter(
        (key) => key.startsWith(`${name}/`) && !pods.some((pod) => key === `${name}/${pod.name}`),
      )
      for (const key of gone) {
        this.#last.delete(key)
        this.#say(elapsedMs, `${key}  gone`)
      }
      for (const pod of pods) this.#tell({ key: `${name}/${pod.name}`, text: plain(pod), elapsedMs })
      this.#tell({ key: name, text: `${countOf(rollout)}${isDone ? ', done' : ''}`, elapsedMs })
    }
  }

  end(): void {}

  #tell({ key, text, elapsedMs }: { key: string; text: string; elapsedMs: number }): void {
    if (this.#last.get(key) === text) return
    this.#last.set(key, text)
    this.#say(elapsedMs, `${key}  ${text}`)
  }

  #say(elapsedMs: number, text: string): void {
    this.#write(`${seconds(elapsedMs)}  ${safe(text)}\n`)
  }
}

function plain(pod: PodLine): string {
  const where = pod.node === '' ? '' : `${pod.node}  `
  return `${where}${pod.isReady && pod.state !== 'Terminating' ? 'ready' : describe(pod)}`
}

function describe(pod: PodLine): string {
  return safe(`${pod.state}${pod.trouble === '' ? '' : `: ${pod.trouble}`}`)
}

function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1_000).toFixed(1)}s`
}

/** To a number of columns, colours not counted and closed at the end. */
function cut(line: string, columns: number): string {
  if (width(line) <= columns) return line
  let seen = 0
  let kept = ''
  // oxlint-disable-next-line no-control-regex -- colours are cut apart from text
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b')) kept += part
    else {
      kept += part.slice(0, Math.max(0, columns - 1 - seen))
      seen += part.length
    }
  }
  return `${kept}…\u001b[0m`
}
