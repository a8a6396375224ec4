import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultPullPolicy, imageCheck, parseImage } from './image.ts'
import { intOrPercentCheck, resolveCount } from './int-or-percent.ts'
import { dns1035Label, dnsLabel, dnsSubdomain, environmentName, labelValue, portName, qualifiedName } from './names.ts'
import { nearest } from './nearest.ts'
import { cpuMilli, formatCpu, formatMemory, memoryBytes, parseQuantity, quantityCheck } from './quantity.ts'
import { parseLabelSelector, selects } from './selector.ts'

test.each([
  ['dnsLabel', dnsLabel, ['a', 'a-b', '1', 'a'.repeat(63)], ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'a'.repeat(64), 'ä']],
  ['dnsSubdomain', dnsSubdomain, ['a.b', 'a-1.b2', 'a'.repeat(253)], ['', '.a', 'a..b', 'a.-b', 'a'.repeat(254)]],
  ['dns1035Label', dns1035Label, ['a', 'a1'], ['1a', '', 'a.b', 'A']],
  ['labelValue', labelValue, ['', 'a', 'A.b_c-1'], ['a b', '-a', 'a/', 'x'.repeat(64)]],
  ['qualifiedName', qualifiedName, ['a', 'A_b', 'x.io/a'], ['', 'a/', '/a', 'X.io/a', 'a/b/c']],
  ['portName', portName, ['http', 'a-1', '8a'], ['8080', 'a--b', '-a', 'a-', 'HTTP', 'a'.repeat(16)]],
  ['environmentName', environmentName, ['A', '_a', 'a.b-c', '.a'], ['', '1a', 'a b', 'a=b', 'a\n']],
])('[OBJ8] %s', (_, check, good, bad) => {
  for (const text of good) expect([text, check(text)]).toEqual([text, undefined])
  for (const text of bad) expect([text, typeof check(text)]).toEqual([text, 'string'])
})

test.each([
  'nginx',
  'nginx:1.27',
  'library/nginx',
  'a__b/c-d.e',
  'localhost/x',
  'localhost:5000/x:y',
  'ghcr.io/me/web:v1.2_3-x',
  'registry.example.com:443/a/b@sha256:' + 'a'.repeat(64),
  'nginx:1@sha256:' + '0'.repeat(64),
  '[::1]:5000/x',
])('[OBJ12] %s is an image', (image) => {
  expect(imageCheck(image)).toBeUndefined()
})

test.each([
  ['nginx; rm -rf /', 'image reference'],
  ['$(id)', 'image reference'],
  ['`id`', 'image reference'],
  ['nginx\n', 'whitespace'],
  [' nginx', 'whitespace'],
  ['file:///etc/passwd', "is not a registry's address"],
  ['http://x/y', "is not a registry's address"],
  ['../x', "is not a registry's address"],
  ['Nginx', 'lower case'],
  ['nginx:', 'the tag may hold'],
  ['nginx:' + 't'.repeat(129), 'no more than 128'],
  ['nginx:' + 't'.repeat(10_000), 'no more than'],
  ['nginx@sha256:' + 'a'.repeat(63), '64 lower case hex digits'],
  ['nginx@sha256:' + 'A'.repeat(64), '64 lower case hex digits'],
  ['nginx@md5:abc', 'the digest must be'],
  ['a'.repeat(256), 'no more than 255'],
  ['bad_host.com:80:80/x', "not a registry's address"],
  [':tag', 'must name an image'],
])('[OBJ12] %j is none', (image, why) => {
  expect(imageCheck(image)).toContain(why)
})

test('[OBJ12] the parts of a reference', () => {
  expect(parseImage('localhost:5000/a/b:v1@sha256:' + 'b'.repeat(64))).toEqual({
    name: 'localhost:5000/a/b',
    tag: 'v1',
    digest: 'sha256:' + 'b'.repeat(64),
  })
  expect(parseImage('localhost:5000/a')).toEqual({ name: 'localhost:5000/a' })
})

test('[OBJ12] what passes holds nothing a shell would take, and takes no time to check', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 400 }),
      (text) => imageCheck(text) !== undefined || /^[\w.:/@[\]+-]+$/.test(text),
    ),
  )
  for (const evil of ['a-'.repeat(200), 'a.'.repeat(120) + '!', '-'.repeat(255), 'a' + '_'.repeat(250) + 'a'])
    imageCheck(evil)
})

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['nginx@sha256:' + 'a'.repeat(64), 'IfNotPresent'],
  ['not an image', 'IfNotPresent'],
  [undefined, 'IfNotPresent'],
])('[OBJ21] %s is pulled %s', (image, policy) => {
  expect(defaultPullPolicy(image)).toBe(policy)
})

test.each<[number | string, number]>([
  [1, 1],
  ['1', 1],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['128Mi', 134_217_728],
  ['1e3', 1000],
  ['1E-2', 0.01],
  ['1k', 1000],
  ['1E', 1e18],
  ['-1', -1],
  ['100n', 1e-7],
])('[OBJ14] the amount %s is %d', (text, amount) => {
  expect(parseQuantity(text)).toBeCloseTo(amount, 12)
})

test.each(['', 'x', '1.2.3', '1 Gi', '1KI', '1e', '1e999', '--1', '1mm', '0x10', '1'.repeat(33), Number.NaN])(
  '[OBJ14] %s is no amount',
  (text) => {
    expect(quantityCheck(text)).toContain('quantities must match')
  },
)

test('[OBJ14] cores are counted in thousandths, rounded up, without the dust of floating point', () => {
  expect([cpuMilli('500m'), cpuMilli(0.3), cpuMilli('0.0001'), cpuMilli(1.1), cpuMilli(undefined)]).toEqual([
    500,
    300,
    1,
    1100,
    undefined,
  ])
  expect([memoryBytes('1Gi'), memoryBytes('1.5Ki'), memoryBytes('100m')]).toEqual([2 ** 30, 1536, 1])
  expect([formatCpu(4000), formatCpu(1500), formatMemory(2 ** 30), formatMemory(1000)]).toEqual([
    '4',
    '1500m',
    '1048576Ki',
    '1000',
  ])
})

test.each<[number | string, number, 'up' | 'down', number]>([
  ['25%', 3, 'up', 1],
  ['25%', 3, 'down', 0],
  ['50%', 4, 'down', 2],
  ['0%', 9, 'up', 0],
  [2, 3, 'up', 2],
  ['110%', 10, 'up', 11],
])('[OBJ11] %s of %d rounded %s is %d', (value, total, round, count) => {
  expect(resolveCount(value, { total, round })).toBe(count)
})

test('[OBJ11] counts and percentages', () => {
  for (const good of [0, 1, '0%', '100%', '250%']) expect(intOrPercentCheck(good)).toBeUndefined()
  for (const bad of [-1, 0.5, '25', '%', '-1%', '1.5%', 'half', '9'.repeat(20) + '%'])
    expect(intOrPercentCheck(bad)).toBeTypeOf('string')
})

test.each([
  ['replica', 'replicas'],
  ['sepc', 'spec'],
  ['imagepullpolicy', 'imagePullPolicy'],
  ['Replicas', 'replicas'],
  ['zzz', undefined],
  ['x'.repeat(100_000), undefined],
])('[OBJ7] nearest to %.20s is %s', (word, near) => {
  expect(nearest(word, ['replicas', 'spec', 'imagePullPolicy', 'image'])).toBe(near)
})

const labels = { app: 'web', tier: 'front', empty: '' }
test.each([
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app!=web', false],
  ['app=web,tier=back', false],
  ['app in (api, web)', true],
  ['app notin (api,db)', true],
  ['missing notin (a)', true],
  ['missing!=a', true],
  ['tier', true],
  ['!tier', false],
  ['!missing', true],
  ['empty=', true],
  ['app in (api),tier', false],
  ['', true],
  ['constructor', false],
])('[OBJ31] %j selects: %s', (query, isSelected) => {
  const selector = parseLabelSelector(query)
  if ('error' in selector) throw new Error(selector.error)
  expect(selects(selector, labels)).toBe(isSelected)
})

test.each([
  'app=a=b',
  'a b',
  '=x',
  'app in web',
  'app in (a',
  'app=$(id)',
  'bad key/=x',
  'x'.repeat(5000),
  'a>1',
  'app=web;',
])('[OBJ31] %.20j is refused', (query) => {
  expect(parseLabelSelector(query)).toMatchObject({ error: expect.any(String) })
})

test('[OBJ31] all of a selector must hold', () => {
  const matchExpressions = [{ key: 'tier', operator: 'In' as const, values: ['front', 'back'] }]
  expect(selects({ matchLabels: { app: 'web' }, matchExpressions }, labels)).toBe(true)
  expect(selects({ matchLabels: { app: 'api' }, matchExpressions }, labels)).toBe(false)
  expect(selects({}, labels)).toBe(true)
})
