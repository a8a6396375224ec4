import { expect, test } from 'vitest'
import { collectReached, reached, type Mark } from './reached.ts'

test('[MARK2] who collects hears of marks while the run goes on, before and after it nobody does', async () => {
  const heard: Mark[] = []
  reached('isolated')
  await collectReached(
    (mark) => heard.push(mark),
    async () => {
      reached('briefed')
      await Promise.resolve()
      reached('hold-grew')
    },
  )
  reached('isolated')
  expect(heard).toEqual(['briefed', 'hold-grew'])
})

test('[MARK2] a run that fails leaves no collector behind', async () => {
  const fail = (): Promise<void> => Promise.reject(new Error('the run failed'))
  await expect(collectReached(() => {}, fail)).rejects.toThrow('the run failed')
  await expect(
    collectReached(
      () => {},
      async () => 'well',
    ),
  ).resolves.toBe('well')
})

test('[MARK2] two runs at once are refused, since nobody could tell whose marks they are', async () => {
  const second = (): Promise<void> =>
    collectReached(
      () => {},
      async () => {},
    )
  await expect(collectReached(() => {}, second)).rejects.toThrow('one run at a time')
})
