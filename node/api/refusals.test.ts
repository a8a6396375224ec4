import { expect, test } from 'vitest'
import { Asker, DEPLOYMENTS, deployment } from './testing.ts'

/** Found by `npm run fuzz:api`. */
const LONG = 'x'.repeat(100_000)

test.each([
  ['a kind', `POST ${DEPLOYMENTS}`, { ...deployment(), kind: LONG }],
  ['a name', `PUT ${DEPLOYMENTS}/web`, { ...deployment(), metadata: { name: LONG } }],
  ['a name that is created', `POST ${DEPLOYMENTS}`, { ...deployment(), metadata: { name: LONG } }],
  ['a name of a field', `PUT ${DEPLOYMENTS}/web`, { ...deployment(), [LONG]: 1 }],
  ['a kind of a review', 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews', { kind: LONG }],
  ['a pointer', `PATCH ${DEPLOYMENTS}/web`, [{ op: 'remove', path: `/${LONG}` }]],
] as const)('[FUZZ2] %s of 100,000 characters is not told back whole', async (_what, line, body) => {
  const asker = new Asker()
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  const { status, value } = await asker.ask(line, { body, contentType: 'application/json-patch+json' })
  expect([400, 422]).toContain(status)
  expect(value).toMatchObject({ kind: 'Status', code: status, message: expect.stringMatching(/xxxx/) })
  if (status === 422 && !value['message'].startsWith('operation'))
    expect(value['message']).toContain(value['details'].causes[0].field)
  expect(JSON.stringify({ ...value, details: { ...value['details'], name: '' } }).length).toBeLessThan(6_000)
})

test('[FUZZ2] an object that is too long as a whole is a 413, for there is no field to be named', async () => {
  const parts = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`part-${at}`, 'x'.repeat(60_000)]))
  const labels = { metadata: { name: 'web', labels: parts } }
  const { status, value } = await new Asker().ask(`POST ${DEPLOYMENTS}`, { body: { ...deployment(), ...labels } })
  expect(status).toBe(413)
  expect(value).toMatchObject({ reason: 'RequestEntityTooLarge', details: { name: 'web' }, message: expect.stringContaining('262144') }) // prettier-ignore
})

test('[FUZZ2] a field of the object itself that has no proper name is named', async () => {
  const body = { ...deployment(), toString: 'is reserved' }
  const { status, value } = await new Asker().ask(`POST ${DEPLOYMENTS}?fieldValidation=Ignore`, { body })
  expect(status).toBe(422)
  expect(value['details'].causes).toEqual([expect.objectContaining({ field: 'toString' })])
})
