import { expect, test } from 'vitest'
import { read } from '../cluster.ts'
import { SimCluster } from './sim-cluster.ts'

interface Secret {
  readonly data: Readonly<Record<string, string>>
}

const SECRETS = '/api/v1/namespaces/default/secrets'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const secret = (stringData: object): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db' },
  stringData,
})

test('[SEAL1, SEAL2] every member reads a Secret, whoever wrote and changed it, and no disk holds its values', async () => {
  await new SimCluster({ seed: 77, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [one, two, three] = cluster.machines as [string, string, string]
    const send = (machine: string, method: string, path: string, body: object, contentType = 'application/json') =>
      cluster.request(machine, method, path, { body, contentType })
    expect((await send(two, 'POST', SECRETS, secret({ password: 'open sesame', user: 'ada' }))).status).toBe(201)
    const merge = 'application/merge-patch+json'
    await cluster.waitUntil(
      'it is there',
      10_000,
      async () => (await cluster.request(three, 'GET', `${SECRETS}/db`)).status === 200,
    )
    expect((await send(three, 'PATCH', `${SECRETS}/db`, { stringData: { user: 'grace' } }, merge)).status).toBe(200)
    const wanted = { password: base64('open sesame'), user: base64('grace') }
    const isThere = async (machine: string): Promise<boolean> =>
      JSON.stringify((await read<Secret>(cluster, machine, `${SECRETS}/db`)).data) === JSON.stringify(wanted)
    for (const machine of cluster.machines) await cluster.waitUntil('it is read', 10_000, () => isThere(machine))
    await cluster.runFor(5_000)
    for (const machine of [one, two, three]) {
      const held = cluster.platter(machine).toString('latin1')
      expect(held).toContain('core/Secret/default/db')
      for (const value of ['open sesame', base64('open sesame'), 'grace', base64('grace')])
        expect(held).not.toContain(value)
    }
  })
})
