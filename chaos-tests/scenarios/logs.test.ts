/** What `shoal logs` prints of real output: by how many lines, since when, with their times, and of the run before. */
import { expect, test } from 'vitest'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { boxed, IDLE, on, running } from './box.ts'
import { REALISED_MS, STARTED_MS } from './facts.ts'
import type { Ended } from './shoal.ts'
import { stage } from './stage.ts'

const logsOn = (node: ProcessNode, ...words: string[]): Promise<Ended> =>
  on(node, ['logs', 'pod/box', '--no-prefix', ...words])

test('[USE12] `logs` of a pod, whichever node is asked: the last lines, those of late, each with its time', async () => {
  const begunMs = Date.now()
  const { nodes } = await stage(2)
  const { near, far } = await running(
    nodes,
    boxed('box', { script: `for n in 1 2 3 4 5; do echo line $n; done; ${IDLE}` }),
  )
  const said = (...numbers: number[]): Ended => ({
    code: 0,
    stdout: numbers.map((number) => `line ${number}\n`).join(''),
    stderr: '',
  })
  const all = said(1, 2, 3, 4, 5)
  await waitFor('it to have spoken', stretched(STARTED_MS), async () => (await logsOn(near)).stdout === all.stdout)
  for (const node of [near, far]) {
    expect(await logsOn(node)).toEqual(all)
    expect(await logsOn(node, '--tail', '2')).toEqual(said(4, 5))
    expect(await logsOn(node, '--tail', '0')).toEqual(said())
    expect(await logsOn(node, '--tail', '99')).toEqual(all)
    expect(await logsOn(node, '--since', '1h')).toEqual(all)

    const stamped = await logsOn(node, '--timestamps', '--tail', '3')
    const lines = [...stamped.stdout.matchAll(/^(\d{4}-\d\d-\d\dT\S+Z) line (\d)$/gm)]
    expect(lines.map(([, , number]) => number)).toEqual(['3', '4', '5'])
    for (const [, at] of lines) {
      expect(Date.parse(at!)).toBeGreaterThanOrEqual(begunMs)
      expect(Date.parse(at!)).toBeLessThanOrEqual(Date.now())
    }
  }
  // It has been silent since.
  for (const node of [near, far])
    await waitFor(`${node.name} to leave out what is old`, stretched(REALISED_MS), async () => {
      const late = await logsOn(node, '--since', '1s')
      expect(late).toMatchObject({ code: 0, stderr: '' })
      return late.stdout === ''
    })
  expect(await logsOn(far, '--since', '1h')).toEqual(all)
})

test('[USE12] `logs --previous` is what the run said that crashed; where there was none, that is told', async () => {
  const { nodes } = await stage(2)
  // In a command of a pod two are one.
  const { near, far } = await running(
    nodes,
    boxed('box', { script: `echo born as $$$$; echo ready; until test -e crash; do busybox sleep 0.05; done; exit 3` }),
  )
  const bornAs = (said: string): string | undefined => /^born as (\d+)\nready\n$/.exec(said)?.[1]
  let first: Ended | undefined
  await waitFor('it to have spoken', stretched(STARTED_MS), async () => {
    first = await logsOn(far)
    return bornAs(first.stdout) !== undefined
  })
  for (const node of [near, far]) {
    const none = await logsOn(node, '--previous')
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toContain('previous terminated container "main" in pod "box" not found')
  }

  expect(await on(far, ['exec', 'box', '--', 'touch', 'crash'])).toMatchObject({ code: 0 })
  await waitFor('it to run again', stretched(REALISED_MS), async () => {
    const again = bornAs((await logsOn(far)).stdout)
    return again !== undefined && again !== bornAs(first!.stdout)
  })
  for (const node of [near, far]) {
    expect(await logsOn(node, '--previous')).toEqual(first)
    expect(await logsOn(node, '--previous', '--tail', '1')).toEqual({ code: 0, stdout: 'ready\n', stderr: '' })
  }
})
