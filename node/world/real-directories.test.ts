import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { makeDirectories } from './real-directories.ts'

const made: string[] = []
afterEach(() => made.splice(0).forEach((each) => rmSync(each, { recursive: true, force: true })))

function ground(): string {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-directories-'))
  made.push(directory)
  return directory
}

test('[DISK16] those that are not there are made, and the first of them is told', () => {
  const base = ground()
  expect(makeDirectories(join(base, 'a/b/c'), 0o700)).toBe(join(base, 'a'))
  expect(statSync(join(base, 'a/b/c')).mode & 0o777).toBe(0o700)
  expect(makeDirectories(join(base, 'a/b'), 0o700)).toBeUndefined()
})

test('[DISK16] where no directory can be made it is an error, and no loop', () => {
  const base = ground()
  writeFileSync(join(base, 'file'), '')
  expect(() => makeDirectories(join(base, 'file/a'), 0o700)).toThrow('ENOTDIR')
  expect(() => makeDirectories(join(base, 'file'), 0o700)).toThrow('EEXIST')
  expect(() => makeDirectories('/proc/shoal/a', 0o700)).toThrow('ENOENT')
})
