import { expect, test } from 'vitest'
import { fingerprint, loginsFor, withoutSecrets } from './pull-credentials.ts'

const placed = (...places: string[]) => ({
  logins: places.map((place) => ({ place, username: 'ada', password: 'sesame' })),
  trouble: [],
})

test.each<[image: string, places: string[], fit: string[]]>([
  ['nginx', ['https://index.docker.io/v1/', 'quay.io'], ['https://index.docker.io/v1/']],
  ['nginx:1.27', ['docker.io'], ['docker.io']],
  ['team/web@sha256:' + 'a'.repeat(64), ['registry-1.docker.io'], ['registry-1.docker.io']],
  ['quay.io/team/web:1', ['docker.io', 'quay.io'], ['quay.io']],
  ['quay.io/team/web', ['quay.io', 'quay.io/team', 'quay.io/te'], ['quay.io/team', 'quay.io']],
  ['localhost:5000/web', ['localhost:5000', 'localhost'], ['localhost:5000']],
  ['eu.reg.test/web', ['*.reg.test', '*.test', 'reg.test'], ['*.reg.test']],
  ['eu1.reg.test/web', ['eu*.reg.test', 'us*.reg.test'], ['eu*.reg.test']],
  ['evil-quay.io/web', ['quay.io'], []],
  ['quay.io.evil.test/web', ['quay.io', '*'], []],
])('[DOCK40] of %s and %j there fit %j', (image, places, fit) => {
  expect(loginsFor(image, placed(...places)).map(({ place }) => place)).toEqual(fit)
})

test('[DOCK41] a password is cut from what others say, in both its forms', () => {
  const pair = Buffer.from('ada:sesame').toString('base64')
  expect(withoutSecrets(`denied for sesame (Basic ${pair})`, placed('x'))).toBe('denied for *** (Basic ***)')
  expect(fingerprint(placed('x'))).not.toContain('sesame')
  expect(fingerprint(placed())).toBe('')
})
