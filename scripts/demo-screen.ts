/**
 * What the demo shows: a heading, lines beneath it, ticks with times. One plain line per event where the output is no terminal,
 * and no colour where it is not wanted.
 *
 * @module
 */
import type { WriteStream } from 'node:tty'

export class Screen {
  readonly #out: Pick<WriteStream, 'write'> & { isTTY?: boolean }
  readonly #isColoured: boolean

  constructor(out: Pick<WriteStream, 'write'> & { isTTY?: boolean }) {
    this.#out = out
    this.#isColoured = out.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb'
  }

  title(text: string): void {
    this.#line(`\n${this.#paint(text, '1')}`)
  }

  say(text: string): void {
    this.#line(`  ${text}`)
  }

  /** Something came true, this long after `sinceMs`. */
  done(text: string, sinceMs: number): void {
    const seconds = ((performance.now() - sinceMs) / 1000).toFixed(2)
    this.#line(`  ${this.#paint('✔', '32')} ${text}  ${this.#paint(`${seconds} s`, '2')}`)
  }

  failed(text: string): void {
    this.#line(`  ${this.#paint('✖', '31')} ${text}`)
  }

  /** The output of a command. */
  quote(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.#line(`  ${this.#paint('│', '2')} ${line}`)
  }

  close(): void {
    if (this.#out.isTTY === true) this.#out.write('\u001b[0m')
  }

  #line(text: string): void {
    this.#out.write(`${text}\n`)
  }

  #paint(text: string, code: string): string {
    return this.#isColoured ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}
