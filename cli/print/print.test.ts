import { expect, test } from 'vitest'
import { growth } from '../../chaos-tests/real/growth.ts'
import type { KindInfo } from '../kinds.ts'
import { podState, type Pod, type Thing } from '../objects.ts'
import type { Rollout } from '../rollout.ts'
import { clock } from '../commands/doctor.ts'
import { peersText } from '../commands/peers.ts'
import { age, ageOf } from '../../crdt/tables.ts'
import { explainText } from './bids.ts'
import type { Explained, ExplainedSlot } from './bids.ts'
import { colours, palette, wantsColour } from './colour.ts'
import { describeText } from './describe.ts'
import { LiveTree, PlainLines } from './progress.ts'
import { safe } from './safe.ts'
import { pad, table, width } from './table.ts'
import { formatOf, printThings } from './things.ts'
import { yamlText } from './yaml.ts'

const NOON_MS = Date.UTC(2026, 10, 21, 12)
const PLAIN = palette(false)

test('[CLOCK4] peers show what their clocks are ahead by, doctor what is wrong with the own one', () => {
  const peer = { node: 'id', addresses: [], verdict: 'alive', pods: 0, sinceMs: 0, version: '1' } as const
  const rows = [
    { ...peer, name: 'a', isSelf: true },
    { ...peer, name: 'b', isSelf: false, clockOffsetMs: 61_540 },
    { ...peer, name: 'c', isSelf: false, clockOffsetMs: -20 },
    { ...peer, name: 'd', isSelf: false },
  ]
  const lines = peersText(rows, { wide: false, palette: PLAIN, nowMs: NOON_MS }).split('\n')
  const column = lines[0]!.indexOf('CLOCK')
  expect(lines.slice(1, 5).map((line) => line.slice(column).split(' ')[0])).toEqual(['-', '+61.5s', '-0.0s', '-'])
  expect(clock({})).toMatchObject({ state: 'good' })
  expect(clock({ clockTrouble: { isRefusing: false, says: 'odd' } })).toMatchObject({ state: 'odd', text: 'odd' })
  expect(clock({ clockTrouble: { isRefusing: true, says: 'off' } })).toMatchObject({ state: 'bad', text: 'off' })
})

test.each([
  [0, '0s'],
  [45_000, '45s'],
  [119_000, '119s'],
  [200_000, '3m20s'],
  [600_000, '10m'],
  [3.5 * 3_600_000, '3h30m'],
  [9 * 3_600_000, '9h'],
  [3 * 86_400_000 + 4 * 3_600_000, '3d4h'],
  [120 * 86_400_000, '120d'],
  [-5_000, '0s'],
])('[CLI41] %d ms ago is %s', (elapsedMs, text) => {
  expect(age(elapsedMs)).toBe(text)
})

test('[CLI41] a time that is missing is unknown', () => {
  expect(ageOf(undefined, NOON_MS)).toBe('<unknown>')
  expect(ageOf('1970-01-01T00:00:00Z', NOON_MS)).toBe('<unknown>')
  expect(ageOf('2026-11-21T11:59:00Z', NOON_MS)).toBe('60s')
})

test.each([
  [{}, true, undefined, true],
  [{}, false, undefined, false],
  [{ TERM: 'dumb' }, true, undefined, false],
  [{ NO_COLOR: '1' }, true, undefined, false],
  [{ NO_COLOR: '' }, true, undefined, true],
  [{ FORCE_COLOR: '1' }, false, undefined, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, undefined, true],
  [{ FORCE_COLOR: '0' }, true, undefined, false],
  [{ FORCE_COLOR: '1' }, true, false, false],
])('[CLI42] colours with %j, terminal %s, option %s: %s', (env, isTty, option, wanted) => {
  expect(wantsColour({ env, isTty, option })).toBe(wanted)
})

test('[CLI42] a pod keeps its colour, and those beside it have others', () => {
  const colourOf = colours()
  const names = ['web-a', 'web-b', 'web-c', 'web-d', 'web-e']
  const first = names.map(colourOf)
  expect(new Set(first).size).toBe(names.length)
  expect(names.toReversed().map(colourOf)).toEqual(first.toReversed())
})

test.each([
  ['clipboard', 'a\u001b]52;c;aGVsbG8=\u0007b', 'ab'],
  ['title, ended by ST', 'a\u001b]0;root@evil\u001b\\b', 'ab'],
  ['title without an end', 'a\u001b]0;root@evil', 'a'],
  ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
  ['cursor and screen', 'a\u001b[2J\u001b[Hb', 'ab'],
  ['8-bit sequences', 'a\u009b31mb\u009d0;x\u009cc', 'abc'],
  ['device strings', 'a\u001bPq#0\u001b\\b', 'ab'],
  ['carriage return and backspace', 'secret\r\u0008\u0008ok', 'secretok'],
  ['turned text', 'a\u202egnp.exe\u202c', 'agnp.exe'],
  ['a tab stays', 'a\tb', 'a\tb'],
  ['letters stay', '\u2603 \u00e9 \u4e2d', '\u2603 \u00e9 \u4e2d'],
])('[CLI40] %s', (_name, text, shown) => {
  expect(safe(text)).toBe(shown)
})

test.each(['\u001b]', '\u001b[0;'])('[CLI40] a hostile line of ten times %j takes some ten times as long', (part) => {
  expect(growth((size) => void safe(part.repeat(size)), { size: 20_000, times: 10 })).toBeLessThan(50)
})

test('[CLI43] columns are as wide as needed, colours not counted', () => {
  const red = palette(true).red
  expect(width(red('abc'))).toBe(3)
  expect(pad(red('abc'), 5)).toBe(`${red('abc')}  `)
  expect(
    table(
      ['NAME', 'AGE'],
      [
        ['a-long-name', '1s'],
        ['b', '22s'],
      ],
    ),
  ).toBe('NAME          AGE\na-long-name   1s\nb             22s\n')
})

const DEPLOYMENT_KIND: KindInfo = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: [],
  namespaced: true,
  verbs: [],
  writable: true,
}
const POD_KIND: KindInfo = { ...DEPLOYMENT_KIND, group: '', kind: 'Pod', plural: 'pods', singular: 'pod' }

const web: Thing = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'default',
    creationTimestamp: '2026-11-21T11:00:00Z',
    labels: { tier: 'front' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'all of it' },
  },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
    template: { spec: { containers: [{ name: 'web', image: 'nginx:1.29', ports: [{ containerPort: 80 }] }] } },
  },
  status: {
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 2,
    availableReplicas: 2,
    conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'not yet' }],
  },
}

function pod(name: string, status: NonNullable<Pod['status']>, node = 'amber'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', creationTimestamp: '2026-11-21T11:59:50Z' },
    spec: { nodeName: node, containers: [{ name: 'web' }] },
    status,
  }
}

const running = pod('web-1', {
  phase: 'Running',
  podIP: '127.64.0.1',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [{ name: 'web', ready: true, restartCount: 2, state: { running: {} } }],
})
const unreachable = pod('web-2', {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'Unknown' }],
  containerStatuses: [{ name: 'web', ready: true, restartCount: 0 }],
})
const crashing = pod('web-3', {
  phase: 'Running',
  containerStatuses: [
    {
      name: 'web',
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'exit code 1' } },
    },
  ],
})
const pending = pod(
  'web-4',
  {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'amber: needs 16Gi, 2Gi free' },
    ],
  },
  '',
)

const printed = (kind: KindInfo, things: readonly Thing[], format: string, more = {}): Promise<string> =>
  printThings([{ kind, things }], {
    format: formatOf(format),
    namespaces: false,
    single: false,
    nowMs: NOON_MS,
    ...more,
  })

test('[CLI44, TAB6] the tables have the columns that kubectl has', async () => {
  expect(await printed(DEPLOYMENT_KIND, [web], '')).toBe(
    'NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    2/3     3            2           60m\n',
  )
  expect(await printed(DEPLOYMENT_KIND, [web], 'wide')).toContain('CONTAINERS   IMAGES       SELECTOR')
  expect(await printed(POD_KIND, [running, unreachable, crashing, pending], '')).toBe(
    [
      'NAME    READY   STATUS             RESTARTS   AGE   NODE',
      'web-1   1/1     Running            2          10s   amber',
      'web-2   0/1     Running            0          10s   amber',
      'web-3   0/1     CrashLoopBackOff   4          10s   amber',
      'web-4   0/1     Pending            0          10s   <none>',
      '',
    ].join('\n'),
  )
  expect(await printed(POD_KIND, [running], '', { namespaces: true })).toMatch(/^NAMESPACE {3}NAME/)
})

test.each<[string, NonNullable<NonNullable<Pod['status']>['initContainerStatuses']>, string]>([
  ['the first runs', [{ name: 'one', state: { running: {} } }, { name: 'proxy' }], 'Init:0/2'],
  [
    'a sidecar is starting',
    [
      { name: 'one', state: { terminated: { exitCode: 0 } } },
      { name: 'proxy', started: false, state: { running: {} } },
    ],
    'Init:1/2',
  ],
  [
    'one waits to be tried again',
    [{ name: 'one', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    'Init:CrashLoopBackOff',
  ],
  ['one has not begun', [{ name: 'one', state: { waiting: { reason: 'PodInitializing' } } }], 'Init:0/1'],
  ['one failed', [{ name: 'one', state: { terminated: { exitCode: 3, reason: 'Error' } } }], 'Init:Error'],
  ['one failed without a word', [{ name: 'one', state: { terminated: { exitCode: 3 } } }], 'Init:ExitCode:3'],
  [
    'all is done',
    [
      { name: 'one', state: { terminated: { exitCode: 0 } } },
      { name: 'proxy', started: true, state: { running: {} } },
    ],
    'Running',
  ],
])('[CLI75] init containers: %s', (_what, initContainerStatuses, state) => {
  const proxy = { name: 'proxy', restartPolicy: 'Always' }
  const spec = { ...running.spec, initContainers: [{ name: 'one' }, proxy] }
  expect(podState({ ...running, spec, status: { ...running.status, initContainerStatuses } })).toBe(state)
})

test('[CLI75] sidecars count as containers, and all restarts are counted', async () => {
  const spec = { ...running.spec, initContainers: [{ name: 'one' }, { name: 'proxy', restartPolicy: 'Always' }] }
  const initContainerStatuses = [
    { name: 'one', ready: true, restartCount: 1, state: { terminated: { exitCode: 0 } } },
    { name: 'proxy', ready: true, started: true, state: { running: {} } },
  ]
  const meshed = { ...running, spec, status: { ...running.status, initContainerStatuses } }
  expect(await printed(POD_KIND, [meshed], '')).toMatch(/web-1 +2\/2 +Running +3 /)
  expect(describeText({ thing: meshed, pods: [], events: [], nowMs: NOON_MS })).toMatch(
    /Init Containers: +one .*\n +proxy/,
  )
})

test('[CLI76] a crash loop is described with the exit code, the reason and the last lines of its last run', () => {
  const last = { reason: 'Error', exitCode: 3, message: 'connecting\nno database' }
  const status = { name: 'web', image: 'x', restartCount: 4, state: { running: {} }, lastState: { terminated: last } }
  const thing = { ...running, status: { ...running.status, containerStatuses: [status] } }
  const text = describeText({ thing, pods: [], events: [], nowMs: NOON_MS })
  expect(text).toMatch(/last ended Error with exit code 3:\n +connecting\n +no database\n/)
})

test('[CLI44] of a budget its bounds and what it allows', async () => {
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'guard' },
    spec: { maxUnavailable: '25%' },
    status: { disruptionsAllowed: 2 },
  }
  expect(
    (await printed({ ...POD_KIND, kind: 'PodDisruptionBudget' }, [budget], ''))
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['NAME', 'MIN AVAILABLE', 'MAX UNAVAILABLE', 'ALLOWED DISRUPTIONS', 'AGE'],
    ['guard', 'N/A', '25%', '2', '<unknown>'],
    [''],
  ])
})

test('[CLI44] one named object is bare in json and yaml, many are a List, names stand alone', async () => {
  expect(JSON.parse(await printed(POD_KIND, [running], 'json', { single: true })).kind).toBe('Pod')
  expect(JSON.parse(await printed(POD_KIND, [running], 'json'))).toMatchObject({
    kind: 'List',
    items: [{ kind: 'Pod' }],
  })
  expect(await printed(POD_KIND, [running], 'yaml', { single: true })).toContain('\nkind: Pod\n')
  expect(await printed(DEPLOYMENT_KIND, [web], 'name')).toBe('deployment.apps/web\n')
  expect(() => formatOf('jsno')).toThrow('-o "jsno": must be one of json, yaml, wide, name; did you mean "json"?')
})

test('[SSA24] who owns the fields of an object is left out', async () => {
  const managed = { ...running, metadata: { ...running.metadata, managedFields: [{ manager: 'kubectl' }] } }
  for (const format of ['json', 'yaml'] as const)
    for (const single of [true, false])
      expect(await printed(POD_KIND, [managed], format, { single })).not.toContain('managedFields')
})

test('[CLI45] yaml is such that Kubernetes reads the same again', () => {
  expect(yamlText({ a: 'on', b: '0644', c: 'no', d: '1e3', e: 'text' })).toBe(
    'a: "on"\nb: "0644"\nc: "no"\nd: "1e3"\ne: text\n',
  )
})

test('[CLI46] describe tells state, reasons, pods and events, and leaves out what apply remembers', () => {
  const event: Thing = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    type: 'Warning',
    reason: 'Conflict',
    message: 'two\u001b[31m wrote',
    source: { host: 'basil' },
    lastTimestamp: '2026-11-21T11:59:30Z',
  }
  const text = describeText({ thing: web, pods: [running, pending], events: [event], nowMs: NOON_MS })
  expect(text).toMatch(/Replicas: +3 total \| 3 updated \| 2 ready \| 3 wanted/)
  expect(text).toMatch(/Containers: +web {2}nginx:1\.29 {2}port 80/)
  expect(text).toMatch(/Available +False +MinimumReplicasUnavailable +not yet/)
  expect(text).toMatch(/web-4 +<none>|web-4 +Pending/)
  expect(text).toContain('amber: needs 16Gi, 2Gi free')
  expect(text).toMatch(/30s +Warning +Conflict +basil +two wrote/)
  expect(text).not.toContain('all of it')
})

test('[CFG6] a table counts the keys; describe tells the values of a ConfigMap, and of a Secret only how long they are', async () => {
  const configMap: Thing = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web' },
    data: { 'app.conf': 'level = info\nport = 80\n' },
    binaryData: { logo: 'AAEC' },
  }
  const secret: Thing = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db' },
    type: 'Opaque',
    data: { password: Buffer.from('sesame').toString('base64') },
  }
  const kind = (name: string): KindInfo => ({ ...POD_KIND, kind: name })
  expect(await printed(kind('ConfigMap'), [configMap], '')).toBe('NAME   DATA   AGE\nweb    2      <unknown>\n')
  expect(await printed(kind('Secret'), [secret], '')).toBe(
    'NAME   TYPE     DATA   AGE\ndb     Opaque   1      <unknown>\n',
  )
  expect(await printed(kind('Secret'), [secret], 'yaml', { single: true })).toContain('password: c2VzYW1l')
  const described = (thing: Thing): string => describeText({ thing, pods: [], events: [], nowMs: NOON_MS })
  expect(described(configMap)).toMatch(/app\.conf \(23 bytes\):\n +level = info\n +port = 80\n +logo: 3 bytes\n/)
  expect(described(secret)).toMatch(/Data: +password: 6 bytes\n/)
  expect(described(secret)).not.toMatch(/sesame|c2VzYW1l/)
})

test('[CLI63, CLI100] a Service is described with its URL on every node that is ready', () => {
  const node = (name: string, address: string, status: string): Thing => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status }], addresses: [{ type: 'InternalIP', address }] },
  })
  const service = (ports: readonly object[]): Thing => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { type: 'NodePort', ports },
  })
  const nodes = [
    node('amber', '10.0.0.1', 'True'),
    node('basil', 'fd00::2', 'True'),
    node('clay', '10.0.0.3', 'Unknown'),
  ]
  const described = (ports: readonly object[], all = nodes): string =>
    describeText({ thing: service(ports), pods: [], events: [], nodes: all, nowMs: NOON_MS })
  const text = described([
    { port: 80, nodePort: 30080, protocol: 'TCP' },
    { port: 8443, nodePort: 30443, name: 'https' },
    { port: 53, nodePort: 30053, protocol: 'UDP' },
    { port: 81 },
  ])
  const lines = text.split('\n').flatMap((line) => /https?:\/\/.*/.exec(line)?.[0] ?? [])
  expect(lines).toEqual([
    'http://10.0.0.1:30080  (amber)',
    'http://[fd00::2]:30080  (basil)',
    'https://10.0.0.1:30443  (amber, https)',
    'https://[fd00::2]:30443  (basil, https)',
  ])
  expect(described([{ port: 80 }])).toMatch(/Reachable At: +nobody answers: its selector selects no pod/)
  const many = Array.from({ length: 10 }, (_, at) => node(`n${at}`, `10.0.0.${at}`, 'True'))
  expect(described([{ port: 80, nodePort: 30080 }], many)).toContain('and at 2 more nodes')
})

test('[CLI47] explain tells bids, declines with their reasons, and who won', () => {
  const explained: Explained = {
    workload: 'apps/Deployment/default/web',
    replicas: 2,
    slots: [
      {
        slot: 'k/r1/0',
        state: 'claimed',
        pod: 'web-1',
        node: 'amber',
        claimedAtMs: NOON_MS - 5_000,
        ready: true,
        says: '',
        auction: [
          { node: 'amber', score: 0.714, parts: { free: 0.5, spread: 0.214 } },
          { node: 'basil', decline: 'needs 16Gi, 1.2Gi free' },
        ],
      },
      { slot: 'k/r1/1', state: 'open', sinceMs: NOON_MS - 60_000, says: 'no node takes it', auction: [] },
    ],
  }
  const text = explainText(explained, { of: explained.slots, palette: PLAIN, nowMs: NOON_MS })
  expect(text).toBe(
    [
      'Deployment/web in default: 2 wanted, 1 claimed, 1 open',
      '',
      'slot 0  web-1  on amber  ready  claimed 5s ago',
      '  amber  bid 0.71 = free 0.5 + spread 0.21  won',
      '  basil  declined: needs 16Gi, 1.2Gi free',
      '',
      'slot 1  open  for 60s',
      '  no node takes it',
      '  no auction is known',
      '',
    ].join('\n'),
  )
})

test('[CLI59] slots come by their number, all are counted, and what decided among equal bids is told', () => {
  const claimed = (index: number, node: string): ExplainedSlot => ({
    slot: `r1/${index}`,
    state: 'claimed',
    pod: `web-${index}`,
    node,
    claimedAtMs: NOON_MS,
    ready: true,
    says: '',
    auction: [
      { node: 'amber', score: 7 },
      { node: 'basil', score: 7 },
      { node: 'cedar', score: 5 },
    ],
  })
  const of = [claimed(10, 'amber'), claimed(2, 'basil'), claimed(0, 'cedar')]
  const show = (slots: readonly ExplainedSlot[]): string =>
    explainText({ workload: 'apps/Deployment/default/web', replicas: 3, slots }, { of, palette: PLAIN, nowMs: NOON_MS })
  expect(show(of).match(/slot \d+/g)).toEqual(['slot 0', 'slot 2', 'slot 10'])
  const one = show([claimed(2, 'basil')])
  expect(one).toContain('3 wanted, 3 claimed, 0 open')
  expect(one).toContain('  amber  bid 7\n')
  expect(one).toContain('bid 7  won (of 2 equal bids the one with the highest hash of slot and node wins)\n')
  expect(show([claimed(0, 'cedar')])).toContain('cedar  bid 5  won\n')
})

function rollout(ready: number, pods: Rollout['pods'], change: Partial<Rollout> = {}): Rollout {
  return {
    name: 'web',
    namespace: 'default',
    wanted: 2,
    ready,
    serving: ready,
    isDone: ready === 2,
    isPaused: false,
    pods,
    unplaced: [],
    rolledBack: '',
    ...change,
  }
}

const line = (name: string, state: string, trouble = ''): Rollout['pods'][number] => ({
  name,
  node: 'amber',
  state,
  isReady: state === 'Ready',
  isOld: false,
  trouble,
})

test('[CLI48] without a terminal there is a line per event and none without one', () => {
  const lines: string[] = []
  const progress = new PlainLines((text) => lines.push(text))
  progress.show([rollout(0, [line('web-1', 'Pending')])], 100)
  progress.show([rollout(0, [line('web-1', 'Pending')])], 250)
  progress.show([rollout(1, [line('web-1', 'Ready'), line('web-2', 'ImagePull', 'no such\u001b[2J image')])], 1_400)
  progress.show([rollout(2, [line('web-2', 'Ready')])], 2_000)
  expect(lines).toEqual([
    '0.1s  web/web-1  amber  Pending\n',
    '0.1s  web  0/2 ready\n',
    '1.4s  web/web-1  amber  ready\n',
    '1.4s  web/web-2  amber  ImagePull: no such image\n',
    '1.4s  web  1/2 ready\n',
    '2.0s  web/web-1  gone\n',
    '2.0s  web/web-2  amber  ready\n',
    '2.0s  web  2/2 ready, done\n',
  ])
})

test('[CLI99] of an update it says how many are updated and how many serve, of a paused one what goes on with it', () => {
  const lines: string[] = []
  const progress = new PlainLines((text) => lines.push(text))
  progress.show([rollout(0, [], { serving: 2 })], 100)
  progress.show([rollout(0, [], { serving: 2, isPaused: true })], 200)
  expect(lines).toEqual([
    '0.1s  web  0/2 updated, 2 serve\n',
    '0.2s  web  0/2 updated, paused: `shoal rollout resume web` goes on\n',
  ])
})

test('[CLI49] on a terminal the tree is drawn over itself, cut to the screen', () => {
  let drawn = ''
  const progress = new LiveTree({ write: (text) => (drawn += text), columns: 40, rows: 24 }, PLAIN)
  progress.show([rollout(1, [line('web-1', 'Ready'), line('web-2', 'ImagePull', 'x'.repeat(200))])], 1_400)
  expect(drawn).not.toContain('\u001b[3A')
  const first = drawn.split('\n')
  expect(first).toHaveLength(4)
  expect(safe(first[1] as string)).toBe(' ├ web-1  amber  ready')
  expect(safe(first[2] as string)).toHaveLength(40)
  drawn = ''
  progress.show(
    [
      rollout(
        2,
        Array.from({ length: 30 }, (_, at) => line(`web-${at}`, 'Ready')),
      ),
    ],
    2_000,
  )
  expect(drawn.startsWith('\u001b[3A')).toBe(true)
  expect(drawn).toContain('and 18 more')
  expect(drawn.split('\n').length).toBeLessThan(24)
})
