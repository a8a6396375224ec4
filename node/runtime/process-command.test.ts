import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { resolveCommand } from './process-command.ts'

test('[PROC7] a directory of PATH that cannot be looked into is passed over', () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-path-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  // Root may look into any, but not into one that leads to itself.
  const shut = join(directory, 'shut')
  symlinkSync(shut, shut)
  const container = { name: 'web', image: 'app', command: ['sh', '-c', 'true'] }
  expect(resolveCommand(container as never, directory, `${shut}:/bin`)).toEqual({
    program: '/bin/sh',
    args: ['-c', 'true'],
  })
  expect(() => resolveCommand(container as never, directory, shut)).toThrow('there is no such program')
})
