import { expect, test } from 'vitest'
import { Asker, deployment, DEPLOYMENTS } from './testing.ts'

const MAPS = '/api/v1/namespaces/default/configmaps'
const SECRETS = '/api/v1/namespaces/default/secrets'
const MERGE = 'application/merge-patch+json'
const REVISIONS = 'GET /shoal/v1/revisions?workload=apps/Deployment/default/web'

const named = (kind: string, name: string, rest: object): object => ({ apiVersion: 'v1', kind, metadata: { name }, ...rest }) // prettier-ignore

async function rolledOut(): Promise<Asker> {
  const asker = new Asker()
  await asker.ask(`POST ${MAPS}`, { body: named('ConfigMap', 'app', { data: { level: 'info' } }) })
  await asker.ask(`POST ${SECRETS}`, { body: named('Secret', 'db', { stringData: { password: 'sesame' } }) })
  const web = deployment()
  web['spec'].template.spec.containers[0].envFrom = [{ configMapRef: { name: 'app' } }, { secretRef: { name: 'db' } }]
  expect((await asker.ask(`POST ${DEPLOYMENTS}`, { body: web })).status).toBe(201)
  return asker
}

async function change(asker: Asker, path: string, body: object): Promise<void> {
  expect((await asker.ask(`PATCH ${path}`, { body, contentType: MERGE })).status).toBe(200)
}

test('[API101] revisions are told with their ConfigMaps and Secrets, and whether those are the same now', async () => {
  const asker = await rolledOut()
  await change(asker, `${MAPS}/app`, { data: { level: 'debug' } })
  await change(asker, `${DEPLOYMENTS}/web`, { spec: { template: { metadata: { annotations: { a: 'b' } } } } })
  const { value } = await asker.ask(REVISIONS)
  expect(value['revisions']).toEqual([
    {
      number: 1,
      configs: [
        { kind: 'ConfigMap', name: 'app', is: 'differs', data: { level: 'info' } },
        { kind: 'Secret', name: 'db', is: 'same', keys: ['password'] },
      ],
    },
    {
      number: 2,
      configs: [
        { kind: 'ConfigMap', name: 'app', is: 'same', data: { level: 'debug' } },
        { kind: 'Secret', name: 'db', is: 'same', keys: ['password'] },
      ],
    },
  ])
  expect(JSON.stringify(value)).not.toMatch(/sesame|c2VzYW1l/)
})

test('[API101] what was deleted or dropped since is told as such', async () => {
  const asker = await rolledOut()
  for (let count = 0; count < 11; count += 1) await change(asker, `${MAPS}/app`, { data: { level: `${count}` } })
  await asker.ask(`DELETE ${SECRETS}/db`)
  const { value } = await asker.ask(REVISIONS)
  expect(value['revisions'][0].configs).toEqual([
    { kind: 'ConfigMap', name: 'app', is: 'dropped' },
    { kind: 'Secret', name: 'db', is: 'deleted' },
  ])
})

test('[API101] what has no revisions is refused with what to name', async () => {
  const asker = await rolledOut()
  const refused = await asker.ask('GET /shoal/v1/revisions?workload=core/ConfigMap/default/app')
  expect(refused).toMatchObject({ status: 400, value: { message: expect.stringContaining('name a Deployment') } })
  expect((await asker.ask('GET /shoal/v1/revisions?workload=apps/Deployment/default/gone')).status).toBe(404)
})

const UNDO = 'POST /shoal/v1/undo?workload=apps/Deployment/default/web'
const level = async (asker: Asker): Promise<string> => (await asker.ask(`GET ${MAPS}/app`)).value['data'].level
const image = async (asker: Asker): Promise<string> =>
  (await asker.ask(`GET ${DEPLOYMENTS}/web`)).value['spec'].template.spec.containers[0].image

async function setImage(asker: Asker, to: string): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: 'web', image: to }] } } } }
  const contentType = 'application/strategic-merge-patch+json'
  expect((await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body, contentType })).status).toBe(200)
}

test('[API102] undo brings ConfigMaps back, then the template, and tells which', async () => {
  const asker = await rolledOut()
  await change(asker, `${MAPS}/app`, { data: { level: 'debug', more: 'x' } })
  await setImage(asker, 'nginx:2')
  asker.backend.writes = []
  const { status, value } = await asker.ask(`${UNDO}&toRevision=1`)
  expect({ status, value }).toEqual({ status: 200, value: { revision: 1, restored: ['ConfigMap/app'] } })
  expect(asker.backend.writes.map(({ key }) => key)).toEqual(['core/ConfigMap/default/app', 'apps/Deployment/default/web']) // prettier-ignore
  expect((await asker.ask(`GET ${MAPS}/app`)).value['data']).toEqual({ level: 'info' })
  expect(await image(asker)).toBe('nginx:1.29')
  const forward = await asker.ask(`${UNDO}&toRevision=2`)
  expect(forward.value['restored']).toEqual(['ConfigMap/app'])
  expect([await level(asker), await image(asker)]).toEqual(['debug', 'nginx:2'])
})

test('[API102] what cannot be brought back is said, nothing is changed, and the template alone can be asked for', async () => {
  const asker = await rolledOut()
  await change(asker, `${MAPS}/app`, { data: { level: 'debug' } })
  await setImage(asker, 'nginx:2')
  await asker.ask(`DELETE ${SECRETS}/db`)
  await change(asker, `${MAPS}/app`, { immutable: true })
  asker.backend.writes = []
  const refused = await asker.ask(`${UNDO}&toRevision=1`)
  expect(refused.status).toBe(422)
  expect(refused.value['message']).toBe(
    'web cannot go back to revision 1 as it was, and nothing was changed: ConfigMap/app cannot be restored: it is immutable; Secret/db cannot be restored: it was deleted. Its template alone can be brought back (--template-only)',
  )
  expect(asker.backend.writes).toEqual([])
  expect(await asker.ask(`${UNDO}&toRevision=1&templateOnly=true`)).toMatchObject({
    status: 200,
    value: { restored: [] },
  })
  expect([await level(asker), await image(asker)]).toEqual(['debug', 'nginx:1.29'])
})

test('[API102] a body that is sent along means nothing', async () => {
  for (const body of ['{"a', '{"a":1,"a":2}']) {
    const asker = await rolledOut()
    await setImage(asker, 'nginx:2')
    const { status, response } = await asker.ask(`${UNDO}&toRevision=1`, { body })
    expect([status, response.warnings]).toEqual([200, []])
  }
})

test('[API102] a revision that is not there is refused with those there are', async () => {
  const asker = await rolledOut()
  for (const asked of ['&toRevision=7', '&toRevision=x', '']) {
    const { status, value } = await asker.ask(`${UNDO}${asked}`)
    expect({ status, message: value['message'] }).toMatchObject({ status: 400, message: expect.stringContaining('is no revision of web: there are 1') }) // prettier-ignore
  }
})
