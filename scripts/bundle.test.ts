import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { bundle } from './bundle.ts'

test('[BUILD1] two builds at once leave every file whole at every moment, and nothing else behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-build-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const name of ['node.js', 'shoal.js', 'left-over.js']) writeFileSync(join(directory, name), 'old')
  let isBuilt = false
  const seen = { 'node.js': new Set<number>(), 'shoal.js': new Set<number>() }
  const watching = (async () => {
    while (!isBuilt) {
      for (const name of ['node.js', 'shoal.js'] as const) seen[name].add(readFileSync(join(directory, name)).length)
      await turn()
    }
  })()
  await Promise.all([bundle(directory), bundle(directory)])
  isBuilt = true
  await watching
  for (const name of ['node.js', 'shoal.js'] as const) {
    const { length } = readFileSync(join(directory, name))
    expect(length).toBeGreaterThan(10_000)
    expect([...seen[name]].filter((size) => size !== 'old'.length && size !== length)).toEqual([])
  }
  const names = readdirSync(directory).filter((name) => !name.endsWith('LEGAL.txt'))
  expect(names.toSorted()).toEqual(['automerge_wasm_bg.wasm', 'kube.js', 'node.js', 'shoal.js'])
})
