import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { ExecSession } from '../node/index.ts'
import { atTerminal } from './terminal.ts'

function terminal(): { stdin: PassThrough; stdout: PassThrough; stderr: PassThrough; raw: boolean[] } {
  const raw: boolean[] = []
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => raw.push(isRaw) })
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 101, rows: 37 })
  return { stdin, stdout, stderr: new PassThrough(), raw }
}

const sessionOf = (exit: Promise<number>, sizes: unknown[] = []): ExecSession => ({
  stdin: new PassThrough().resume(),
  stdout: Readable.from(['out']),
  stderr: Readable.from([]),
  exit,
  resize: async (size) => void sizes.push(size),
  close: () => {},
})

test('[CLI91] the terminal is raw while the session lasts, its size is told, and it is as before at the end', async () => {
  const here = terminal()
  const sizes: unknown[] = []
  let end = (_code: number): void => {}
  const exit = new Promise<number>((resolve) => (end = resolve))
  const ended = atTerminal(sessionOf(exit, sizes), here, { stdin: true, tty: true })
  expect(here.raw).toEqual([true])
  Object.assign(here.stdout, { columns: 80 })
  here.stdout.emit('resize')
  expect(sizes).toEqual([
    { columns: 101, rows: 37 },
    { columns: 80, rows: 37 },
  ])
  end(3)
  expect(await ended).toBe(3)
  expect(here.raw).toEqual([true, false])
  expect(here.stdin.destroyed).toBe(true)
  expect(here.stdout.listenerCount('resize')).toBe(0)
})

test('[CLI91] the terminal is as before where the session breaks', async () => {
  const here = terminal()
  const broken = Promise.reject<number>(new Error('the node is gone'))
  await expect(atTerminal(sessionOf(broken), here, { stdin: true, tty: true })).rejects.toThrow('the node is gone')
  expect(here.raw).toEqual([true, false])
})
