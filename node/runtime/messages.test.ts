import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Messages } from './messages.ts'

const RUN = { uid: 'u', container: 'web', attempt: 2 }
let directory: string
let messages: Messages

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-messages-'))
  messages = new Messages(join(directory, 'messages'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('[DOCK32] a message is what the run wrote, 4 KiB of its end', () => {
  const file = messages.make(RUN)
  expect(statSync(file).mode & 0o777).toBe(0o666)
  expect(messages.read(RUN)).toBe('')
  writeFileSync(file, `${'x'.repeat(10_000)}the end`)
  expect(messages.read(RUN)).toHaveLength(4_096)
  expect(messages.read(RUN)).toMatch(/the end$/)
})

test('[DOCK32] a run that has none, or whose file is something else, said nothing', () => {
  expect(messages.read(RUN)).toBe('')
  const file = messages.make(RUN)
  writeFileSync(join(directory, 'secret'), 'secret')
  rmSync(file)
  symlinkSync(join(directory, 'secret'), file)
  expect(messages.read(RUN)).toBe('')
})

test('[DOCK32] they go with their run and with their pod', () => {
  const file = messages.make(RUN)
  const other = messages.make({ ...RUN, attempt: 3 })
  messages.forget(RUN)
  expect([existsSync(file), existsSync(other)]).toEqual([false, true])
  messages.remove('u')
  expect(existsSync(other)).toBe(false)
})
