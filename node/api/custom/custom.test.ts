import { describe, expect, test } from 'vitest'
import { cronTab, CRON_TABS, cronTabs, defined, DEFINITIONS } from './testing.ts'

describe('[CRD1] a definition', () => {
  test('is stored whole, established at once, and its kind is served', async () => {
    const asker = await defined()
    const { value } = await asker.ask(`GET ${DEFINITIONS}/crontabs.stable.example.com`)
    expect(value['spec'].versions[0].schema).toEqual(cronTabs().spec.versions[0].schema)
    expect(value['spec'].names.listKind).toBe('CronTabList')
    expect(
      value['status'].conditions.map(({ type, status }: { type: string; status: string }) => [type, status]),
    ).toEqual([
      ['NamesAccepted', 'True'],
      ['Established', 'True'],
    ])
    const made = await asker.ask(`POST ${CRON_TABS}`, { body: cronTab() })
    expect(made.status).toBe(201)
    const { value: list } = await asker.ask(`GET ${CRON_TABS}`)
    expect(list.kind).toBe('CronTabList')
    expect(list['items'].map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['tab'])
    expect(asker.faults).toEqual([])
  })
})
