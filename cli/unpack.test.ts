import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pack as newPack, type Header } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { portPair } from './forwarding.ts'
import { pack } from './pack.ts'
import { placeFor, unpack } from './unpack.ts'

let directory: string
let outside: string
let target: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-unpack-'))
  outside = join(directory, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'secret')
  target = join(directory, 'target')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

type Entry = Header & { readonly body?: string }

function archive(...entries: readonly Entry[]): Readable {
  const stream = newPack()
  for (const { body = '', ...header } of entries) {
    const sink = stream.entry({ ...header, size: body.length }, () => {})
    if (body === '') sink.end()
    else sink.end(body)
  }
  stream.finalize()
  return stream
}

const folder = (name: string): Entry => ({ name, type: 'directory' })
const file = (name: string, body = 'body'): Entry => ({ name, type: 'file', body })
const link = (name: string, linkname: string, type = 'symlink'): Entry => ({ name, type, linkname })

test('[CLI93] what is copied comes out as it went in: files, modes, links, empty directories, under another name', async () => {
  const source = join(directory, 'source')
  mkdirSync(join(source, 'deep', 'empty'), { recursive: true })
  writeFileSync(join(source, 'large'), 'x'.repeat(300_000))
  writeFileSync(join(source, 'deep', 'run'), '#!/bin/sh', { mode: 0o755 })
  writeFileSync(join(source, 'nothing'), '')
  symlinkSync('../large', join(source, 'deep', 'link'))
  const { skipped } = await unpack(
    pack(source, 'other', () => {}),
    target,
  )
  expect(skipped).toEqual([])
  expect(readFileSync(join(target, 'large'), 'utf8')).toHaveLength(300_000)
  expect(statSync(join(target, 'deep', 'run')).mode & 0o777).toBe(0o755)
  expect(statSync(join(target, 'deep', 'empty')).isDirectory()).toBe(true)
  expect(readFileSync(join(target, 'nothing'), 'utf8')).toBe('')
  expect(readlinkSync(join(target, 'deep', 'link'))).toBe('../large')
})

test.each<[string, readonly Entry[]]>([
  ['a name that climbs', [folder('top'), file('top/../../outside/secret')]],
  ['an absolute name', [file('/tmp/shoal-evil')]],
  ['a second top', [folder('top'), file('evil')]],
  ['a name of nothing', [file('./')]],
  ['a file through a link', [folder('top'), link('top/in', 'sub'), folder('top/sub'), file('top/in/x')]],
  ['a hard link to what is outside', [folder('top'), link('top/hard', '../outside/secret', 'link')]],
  ['a hard link to another top', [folder('top'), link('top/hard', 'outside/secret', 'link')]],
])('[CLI96] a container that sends %s is not believed', async (_case, entries) => {
  await expect(unpack(archive(...entries), target)).rejects.toThrow('leads out of where it is to be copied')
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
  expect(existsSync('/tmp/shoal-evil')).toBe(false)
})

test.each<[string, readonly Entry[], string]>([
  ['an absolute link', [folder('top'), link('top/a', '/etc/passwd')], 'a'],
  ['a link that climbs out', [folder('top'), link('top/a', '../outside/secret')], 'a'],
  ["a link in a link's place of the whole", [link('top', '../outside')], ''],
  [
    'a link that climbs behind another one',
    [
      folder('top'),
      folder('top/d'),
      folder('top/d/e'),
      link('top/d/e/up', '../..'),
      link('top/a', 'd/e/up/../outside'),
    ],
    'a',
  ],
  ['a device', [folder('top'), { name: 'top/a', type: 'character-device' }], 'a'],
])('[CLI96] what a container sends beside files is left out and told: %s', async (_case, entries, name) => {
  const { skipped } = await unpack(archive(...entries), target)
  expect(skipped).toHaveLength(1)
  expect(existsSync(join(target, name, name === '' ? 'secret' : ''))).toBe(false)
})

test('[CLI96] a file takes the place of a link and does not go through it; what is no file is left alone', async () => {
  mkdirSync(target)
  symlinkSync(join(outside, 'secret'), join(target, 'a'))
  await unpack(archive(folder('top'), file('top/a', 'new')), target)
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('new')
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
  await expect(unpack(archive(file('top')), '/dev/null')).rejects.toThrow('/dev/null is there and is no file')
})

test('[CLI96] a head without end is given up', async () => {
  const header = Buffer.alloc(512)
  const fields: readonly [string, number][] = [
    ['top', 0],
    ['0000644\0', 100],
    ['0000000\0', 108],
    ['0000000\0', 116],
    ['77777777777\0', 124],
    ['00000000000\0', 136],
    ['        ', 148],
    ['x', 156],
    ['ustar\x0000', 257],
  ]
  for (const [field, at] of fields) header.write(field, at, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  async function* endless(): AsyncGenerator<Buffer> {
    yield header
    for (;;) yield Buffer.alloc(65_536)
  }
  await expect(unpack(Readable.from(endless()), target)).rejects.toThrow('an endless head')
})

test('[CLI93] it goes into a directory that is there, and else becomes what is named', () => {
  mkdirSync(target)
  expect(placeFor(target, 'app.log')).toBe(join(target, 'app.log'))
  expect(placeFor(join(target, 'mine'), 'app.log')).toBe(join(target, 'mine'))
  expect(() => placeFor(join(target, 'no', 'mine'), 'app.log')).toThrow('is not there: make it first')
})

test('[CLI94] ports are taken as people write them', () => {
  expect(portPair('8080:80')).toEqual({ local: 8080, remote: '80' })
  expect(portPair('80')).toEqual({ local: 80, remote: '80' })
  expect(portPair(':80')).toEqual({ local: 0, remote: '80' })
  expect(portPair('8080:http')).toEqual({ local: 8080, remote: 'http' })
  for (const bad of ['', 'a:80', '1:2:3', '70000:80', '80:70000', '80:0', '-1:80'])
    expect(() => portPair(bad)).toThrow('no pair of ports')
})
