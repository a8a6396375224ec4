import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkRuntimes, makeRuntimes } from './select.ts'

test('[SEL1] a machine without an engine offers processes, and says where it looked for an engine', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-select-'))
  const runtimes = makeRuntimes({
    node: 'n',
    home: 'h',
    cluster: 'c',
    directory,
    dockerHost: `unix://${directory}/no.sock`,
  })
  expect(runtimes.map(({ name }) => name)).toEqual(['docker', 'process'])
  const { runtimes: answering, trouble } = await checkRuntimes(runtimes)
  expect(answering).toEqual(['process'])
  expect(trouble).toEqual({
    docker: expect.stringContaining(`--docker-host (unix://${directory}/no.sock): is not there`),
  })
  for (const runtime of runtimes) await runtime.close()
  rmSync(directory, { recursive: true })
})
