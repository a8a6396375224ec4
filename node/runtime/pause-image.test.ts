import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pauseProgram } from './pause-image.ts'

/** What is to happen soon may take its time on a loaded machine. */
const SOON = { timeout: 10_000 }

const arch = process.arch === 'x64' ? 'amd64' : 'arm64'

test.each(['SIGTERM', 'SIGINT'] as const)('[DOCK10] the pause program sleeps until %s', async (signal) => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-pause-'))
  const file = join(directory, 'pause')
  writeFileSync(file, pauseProgram(arch), { mode: 0o755 })
  const child = spawn(file, { stdio: 'ignore' })
  await expect.poll(() => readFileSync(`/proc/${child.pid}/status`, 'utf8'), SOON).toMatch(/^State:\s+S/m)
  child.kill(signal)
  const [code, killedBy] = await once(child, 'exit')
  rmSync(directory, { recursive: true })
  // On arm64 it handles no signals: as the first of its namespace it ignores them, here it dies of them.
  expect(arch === 'amd64' ? code : killedBy).toBe(arch === 'amd64' ? 0 : signal)
})

test('[DOCK10] the pause program is under 300 bytes and exists for both platforms', () => {
  for (const name of ['amd64', 'arm64']) expect(pauseProgram(name).length).toBeLessThan(300)
  expect(() => pauseProgram('riscv64')).toThrow('not supported on riscv64')
})
