import { describe, expect, test, vi } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import { aPod } from '../control/sample.ts'
import { CHARS_PER_TURN, inOneRow, jsonSlices, OBJECTS_PER_TURN } from './slices.ts'
import { Asker, OTHER } from './testing.ts'

const PODS = '/api/v1/pods'

/** An API that shows this many pods, and how many objects were put together between two turns at most. */
function withPods(count: number): { asker: Asker; turns: number[]; meanwhile: (run: () => void) => void } {
  const asker = new Asker()
  const { backend } = asker
  backend.view.batch(() => {
    for (let index = 0; index < count; index += 1) backend.said(OTHER, `pod/${index}`, podFact(index))
  })
  const turns = [0]
  const get = backend.view.get.bind(backend.view)
  backend.view.get = (key) => {
    turns.push(turns.pop()! + 1)
    return get(key)
  }
  let run = (): void => {}
  backend.after = (_delayMs, resume) => {
    turns.push(0)
    run()
    queueMicrotask(resume)
    return () => {}
  }
  return { asker, turns, meanwhile: (given) => (run = given) }
}

const podFact = (index: number): PodFact => aPod(OTHER, { uid: `${index}`, name: `web-${index}` }).fact

describe('[API36] a long list', () => {
  test('is put together a bounded number of objects a turn, the first time too', async () => {
    const { asker, turns } = withPods(1_000)
    const { value } = await asker.ask(`GET ${PODS}`)
    expect(value['items']).toHaveLength(1_000)
    expect(turns.length).toBeGreaterThan(5)
    // The end of the log's beginning and the begin of the list may share a turn.
    expect(Math.max(...turns)).toBeLessThan(2 * OBJECTS_PER_TURN)
  })

  test('tells who watches from its token all that came while it was put together', async () => {
    const { asker, meanwhile } = withPods(1_000)
    await asker.ask(`GET ${PODS}`)
    let at = 0
    meanwhile(() => {
      asker.backend.said(OTHER, `pod/${at}`, undefined)
      asker.backend.said(OTHER, `pod/new-${at}`, { ...podFact(at), uid: `new-${at}`, name: `new-${at}` })
      at += 1
    })
    const { value } = await asker.ask(`GET ${PODS}`)
    meanwhile(() => {})
    expect(at).toBeGreaterThan(2)
    const { resourceVersion } = value.metadata
    const { lines, close } = await asker.lines(`GET ${PODS}?watch=true&resourceVersion=${resourceVersion}`)
    const shown = new Set<string>(value['items'].map(({ metadata }: { metadata: { name: string } }) => metadata.name))
    for (const { type, object } of lines) {
      if (type === 'DELETED') shown.delete(object.metadata.name)
      else shown.add(object.metadata.name)
    }
    close()
    const now = asker.backend.view.list('', 'Pod').map(({ metadata }) => metadata.name)
    expect([...shown].toSorted()).toEqual(now.toSorted())
  })

  test('is written in slices that say together what it is, none much longer than the bound', () => {
    const item = { text: 'ä"'.repeat(500) }
    const list = {
      kind: 'PodList',
      metadata: { resourceVersion: '1' },
      items: Array.from({ length: 2_000 }, () => item),
    }
    const slices = [...jsonSlices(list)]
    expect(JSON.parse(slices.join(''))).toEqual(list)
    expect(slices.length).toBeGreaterThan(10)
    const longest = Math.max(...slices.map(({ length }) => length))
    expect(longest).toBeLessThan(CHARS_PER_TURN + 2 * JSON.stringify(item).length)
    for (const value of [{ items: [] }, { items: [1] }, { kind: 'Pod' }, 'text', null])
      expect(JSON.parse([...jsonSlices(value)].join(''))).toEqual(value)
  })
})

test('[LOAD3] of many that wait one goes on in a turn, in the order they came', async () => {
  const turns: (() => void)[] = []
  const turn = inOneRow((run) => void turns.push(run))
  const gone: number[] = []
  const all = [0, 1, 2].map((each) => turn().then(() => gone.push(each)))
  for (const expected of [[0], [0, 1], [0, 1, 2]]) {
    expect(turns).toHaveLength(1)
    turns.shift()!()
    await all[gone.length]
    expect(gone).toEqual(expected)
  }
  const another = turn()
  turns.shift()!()
  await another
  expect(turns).toEqual([])
})

test('[LOAD2] a page looks at what it shows, and the keys are put in order once for all pages', async () => {
  const { asker } = withPods(3_000)
  let next = ''
  const names: string[] = []
  const sorts = vi.spyOn(Array.prototype, 'toSorted')
  do {
    const { value } = await asker.ask(`GET ${PODS}?limit=100${next === '' ? '' : `&continue=${next}`}`)
    names.push(...value['items'].map(({ metadata }: { metadata: { name: string } }) => metadata.name))
    next = (value.metadata as { continue?: string }).continue ?? ''
  } while (next !== '')
  const long = sorts.mock.contexts.filter((list) => (list as unknown[]).length === 3_000)
  sorts.mockRestore()
  expect(names).toEqual([...new Set(names)].toSorted())
  expect(names).toHaveLength(3_000)
  // The log of watches begins with one, too.
  expect(long.length).toBeLessThanOrEqual(2)
  asker.backend.said(OTHER, 'pod/late', { ...podFact(1), uid: 'late', name: 'aaa-late' })
  const { value } = await asker.ask(`GET ${PODS}?limit=1`)
  expect(value['items'][0].metadata.name).toBe('aaa-late')
})
