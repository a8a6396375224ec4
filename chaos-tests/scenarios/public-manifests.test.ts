/**
 * Manifests of others, applied as they are: each does on Docker what it says it does. Images of the same names are made here,
 * since no registry is asked.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeBusyboxImage, makeNginxImage, makeShellImage } from '../real/images.ts'
import { filledManifest, IMAGES_FILLED_IN, publicManifest } from '../real/kubernetes-source.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { get, isReadyPod, ManifestRig, restartsOf, SOON_MS } from './manifest-rig.ts'
import { NAMESPACES } from './manifests.ts'
import { shoal } from './shoal.ts'

const DOC = 'test/fixtures/doc-yaml'
const DATA = 'hack/testdata'
const ADDONS = 'cluster/addons'
/** A probe that begins after 30 s or fails three times, 10 s apart, and what follows from it. */
const PROBED_MS = 90_000

let rig: ManifestRig
let node: ProcessNode

const sayer = (port: number, words: string): string =>
  `mkdir -p /www && echo "${words}" >/www/index.html && exec httpd -f -p ${port} -h /www`

/** Of Kubernetes' test program the parts that are asked for: a server that is well for ten seconds, and a reader of files. */
const AGNHOST = `
case $1 in
liveness) date +%s >/born; exec nc -ll -p 8080 -e /entry answer ;;
answer)
  while read -r line && [ -n "$(echo "$line" | tr -d '\\r')" ]; do
    case $line in X-Custom-Header*) echo "asked with $line" >/proc/1/fd/1 ;; esac
  done
  status="500 Error"; [ $(( $(date +%s) - $(cat /born) )) -le 10 ] && status="200 OK"
  printf 'HTTP/1.1 %s\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n' "$status" ;;
mounttest)
  for each in "$@"; do
    case $each in --file_content=*) echo "content of file: $(cat "$(echo "$each" | cut -d= -f2)")" ;; esac
  done ;;
esac`

async function makeImages(socket: string): Promise<void> {
  const { BusyBoxImage, AgnhostImage, HttpdImage } = IMAGES_FILLED_IN
  await makeNginxImage(socket, ['nginx', 'nginx:1.7.9', 'k8s.gcr.io/nginx:test-cmd', 'k8s.gcr.io/nginx:1.7.9', HttpdImage]) // prettier-ignore
  // Its shell is deaf to SIGTERM as process 1.
  await makeBusyboxImage(socket, ['busybox', 'k8s.gcr.io/busybox', BusyBoxImage], { stopSignal: 'SIGKILL' })
  const pauses = ['k8s.gcr.io/pause:2.0', 'k8s.gcr.io/pause:3.2']
  await makeShellImage(socket, [...pauses, 'k8s.gcr.io/perl'], { script: 'exec sleep 1000000' })
  await makeShellImage(socket, ['k8s.gcr.io/serve_hostname', 'gcr.io/kubernetes-e2e-test-images/serve-hostname:1.0'], {
    script: sayer(9376, '$(hostname)'),
  })
  const roles = 'if [ "$SENTINEL" = true ]; then port=26379; else port=6379; fi; echo ready on $port'
  await makeShellImage(
    socket,
    ['gcr.io/kubernetes-e2e-test-images/redis:1.0', 'gcr.io/kubernetes-e2e-test-images/agnhost:1.0'],
    { script: `${roles}; exec httpd -f -p $port -h /` },
  )
  await makeShellImage(socket, ['aronchick/hello-node:2.0'], { script: sayer(8080, 'Hello World!') })
  const hello = sayer(8080, '$ALT_GREETING $*')
  await makeShellImage(socket, ['monopole/hello:1'], { script: hello, path: '/hello' })
  await makeShellImage(socket, [AgnhostImage], { script: AGNHOST, isEntrypoint: true })
  const status = 'mkdir -p /www/api && echo ok >/www/api/status'
  await makeShellImage(socket, ['docker.elastic.co/kibana/kibana-oss:7.4.2'], {
    script: `${status} && exec httpd -f -v -p 5601 -h /www`,
  })
  await makeShellImage(socket, ['k8s.gcr.io/ingress-gce-404-server-with-metrics-amd64:v1.6.0'], {
    script: 'mkdir /www && echo ok >/www/healthz && exec httpd -f -v -p 8080 -h /www',
  })
}

beforeAll(async () => {
  rig = await ManifestRig.start({ block: 148, name: 'public', makeImages })
  node = rig.node
}, 120_000)

afterAll(() => rig?.stop())

const apply = (namespace: string, ...paths: string[]): Promise<void> =>
  rig.apply(namespace, ...paths.map(publicManifest))

test('[PUB1] pod.yaml: a pod that serves', async () => {
  const name = await rig.space()
  await apply(name, `${DOC}/user-guide/pod.yaml`)
  const [pod] = await rig.untilRunning(name)
  expect(await get(pod!, 80)).toContain('Welcome to nginx!')
})

test('[PUB2] deployment.yaml: three of them, on more than one node', async () => {
  const name = await rig.space()
  await apply(name, `${DOC}/user-guide/deployment.yaml`)
  const three = await rig.untilRunning(name, 3)
  for (const pod of three) expect(await get(pod, 80)).toContain('Welcome to nginx!')
  expect(new Set(three.map(({ spec }) => spec.nodeName)).size).toBeGreaterThan(1)
})

test('[PUB3] secret.yaml, secret-env-pod.yaml: a value of a Secret in the environment', async () => {
  const name = await rig.space()
  await apply(name, `${DOC}/user-guide/secrets/secret.yaml`, `${DOC}/user-guide/secrets/secret-env-pod.yaml`)
  await rig.untilPhase(name, 'secret-env-pod', 'Succeeded')
  await rig.untilLogged(name, 'secret-env-pod', /^MY_SECRET_DATA=value-1/m)
})

test('[PUB4] multi-pod.yaml: two containers share a network; limits; an empty directory; a second pod in the file', async () => {
  const name = await rig.space()
  await apply(name, `${DOC}/user-guide/multi-pod.yaml`)
  const all = await rig.untilRunning(name, 2)
  const [redis, valid] = ['redis-master', 'valid-pod'].map((each) => all.find(({ metadata }) => metadata.name === each))
  for (const port of [6379, 26379]) await expect(get(redis!, port)).rejects.toThrow('status 404')
  expect(await get(valid!, 9376)).toBe('valid-pod\n')
  const { HostConfig, Mounts } = await rig.inspect(redis!, 'master')
  expect(HostConfig).toMatchObject({ CpuQuota: 50_000 })
  expect(Mounts).toContainEqual(expect.objectContaining({ Destination: '/redis-master-data', RW: true }))
})

test('[PUB5] valid-pod.yaml: limits reach the engine, and the pod knows its name', async () => {
  const name = await rig.space()
  await apply(name, `${DOC}/admin/limitrange/valid-pod.yaml`)
  const [pod] = await rig.untilRunning(name)
  expect(await get(pod!, 9376)).toBe('valid-pod\n')
  expect((await rig.inspect(pod!, 'kubernetes-serve-hostname')).HostConfig).toMatchObject({
    CpuQuota: 100_000,
    Memory: 512 * 1024 * 1024,
  })
})

test('[PUB6] agnhost-primary-pod.yaml: what differs between containers of one image is their environment', async () => {
  const name = await rig.space()
  await apply(name, 'test/e2e/testing-manifests/kubectl/agnhost-primary-pod.yaml')
  const [pod] = await rig.untilRunning(name)
  for (const port of [6379, 26379]) await expect(get(pod!, port)).rejects.toThrow('status 404')
})

test('[PUB7] pod-with-secret-volume.yaml: the machine gives the name, and waits for the Secret', async () => {
  const name = await rig.space()
  const made = await node.api(
    'POST',
    `${NAMESPACES}/${name}/pods`,
    parse(readFileSync(publicManifest('test/integration/scheduler_perf/config/pod-with-secret-volume.yaml'), 'utf8')),
  )
  expect(made).toMatchObject({
    status: 201,
    body: { metadata: { name: expect.stringMatching(/^secret-volume-\w+$/) } },
  })
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' }, stringData: { key: 'value' } }
  await node.ok('POST', `${NAMESPACES}/${name}/secrets`, secret)
  await rig.untilRunning(name)
})

test('[PUB8] nginx.yaml of the kubectl book: a Service and its Deployment', async () => {
  const name = await rig.space()
  await apply(name, 'staging/src/k8s.io/kubectl/docs/book/examples/nginx/nginx.yaml')
  const three = await rig.untilRunning(name, 3)
  for (const pod of three) expect(await get(pod, 80)).toContain('Welcome to nginx!')
  expect(await node.ok('GET', `${NAMESPACES}/${name}/services/nginx`)).toMatchObject({
    spec: { ports: [{ port: 80, targetPort: 9376 }] },
  })
})

test('[PUB9] pod-with-api-env.yaml: environment of a Secret, a ConfigMap and the pod itself', async () => {
  const name = await rig.space()
  const data = { 'key-1': 'from-secret', 'key-2': 'from-config' }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'test-secret' }, stringData: data }
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'test-configmap' }, data }
  await node.ok('POST', `${NAMESPACES}/${name}/secrets`, secret)
  await node.ok('POST', `${NAMESPACES}/${name}/configmaps`, config)
  await apply(name, `${DATA}/pod-with-api-env.yaml`)
  await rig.untilPhase(name, 'env-test-pod', 'Succeeded')
  for (const line of ['TEST_CMD_1=from-secret', 'TEST_CMD_2=from-config', 'TEST_CMD_3=env-test-pod'])
    await rig.untilLogged(name, 'env-test-pod', new RegExp(`^${line}$`, 'm'))
})

test('[PUB10] deployment-revision1.yaml, -revision2.yaml: an update, its history, and the way back', async () => {
  const name = await rig.space()
  const images = async (): Promise<Set<string>> =>
    new Set((await rig.untilRunning(name, 3)).map(({ spec }) => spec.containers[0]!.image))
  await apply(name, `${DATA}/deployment-revision1.yaml`)
  expect(await images()).toEqual(new Set(['k8s.gcr.io/nginx:test-cmd']))
  await apply(name, `${DATA}/deployment-revision2.yaml`)
  expect(await images()).toEqual(new Set(['k8s.gcr.io/nginx:1.7.9']))
  const history = await shoal(['rollout', 'history', 'deployment/nginx', '-n', name], { node: node.socket })
  expect(history.stdout).toMatch(/^1 .*test-cmd\n2\* .*1\.7\.9$/m)
  const undone = await shoal(['rollout', 'undo', 'deployment/nginx', '-n', name], { node: node.socket })
  expect(undone.code, undone.stderr).toBe(0)
  expect(await images()).toEqual(new Set(['k8s.gcr.io/nginx:test-cmd']))
})

test('[PUB11] deployment-multicontainer.yaml: pods of two containers', async () => {
  const name = await rig.space()
  await apply(name, `${DATA}/deployment-multicontainer.yaml`)
  for (const { status } of await rig.untilRunning(name, 3))
    expect(status.containerStatuses?.map((each) => each.name).sort()).toEqual(['nginx', 'perl'])
})

test('[PUB12] pod.yaml, pod-apply.yaml: a label of a pod that runs is changed, and nothing is started anew', async () => {
  const name = await rig.space()
  await apply(name, `${DATA}/pod.yaml`)
  const [before] = await rig.untilRunning(name)
  expect(before!.metadata.labels).toEqual({ name: 'test-pod-label' })
  await apply(name, `${DATA}/pod-apply.yaml`)
  await waitFor('the label', stretched(SOON_MS), async () =>
    (await rig.pods(name)).some(({ metadata }) => metadata.labels['name'] === 'test-pod-applied'),
  )
  expect((await rig.pods(name)).map(({ status }) => status.containerStatuses)).toEqual([
    before!.status.containerStatuses,
  ])
})

test('[PUB13] list.yaml: a Service and a Deployment in a List', async () => {
  const name = await rig.space()
  await apply(name, `${DATA}/list.yaml`)
  const [pod] = await rig.untilRunning(name)
  expect(await get(pod!, 80)).toContain('Welcome to nginx!')
})

test('[PUB14] kustomize/: settings of a ConfigMap in environment and arguments', async () => {
  const name = await rig.space()
  await apply(name, ...['configmap', 'deployment', 'service'].map((each) => `${DATA}/kustomize/${each}.yaml`))
  for (const pod of await rig.untilRunning(name, 3))
    expect(await get(pod, 8080)).toBe('Good Morning! --port=8080 --enableRiskyFeature=false\n')
})

test('[PUB15] scale-deploy-1.yaml: from one to three and back', async () => {
  const name = await rig.space()
  await apply(name, `${DATA}/scale-deploy-1.yaml`)
  const [pod] = await rig.untilRunning(name)
  expect(await get(pod!, 8080)).toBe('Hello World!\n')
  for (const replicas of [3, 1]) {
    const words = ['scale', 'deployment/scale-1', '--replicas', String(replicas), '-n', name]
    const scaled = await shoal(words, { node: node.socket })
    expect(scaled.code, scaled.stderr).toBe(0)
    await rig.untilRunning(name, replicas)
  }
})

test('[PUB16] recursive/pod: all files of a folder, and what is broken in one is said before anything is changed', async () => {
  const name = await rig.space()
  const broken = await shoal(['apply', '-f', publicManifest(`${DATA}/recursive/pod`), '-R', '-n', name], {
    node: node.socket,
  })
  expect(broken.code).not.toBe(0)
  expect(broken.stderr).toMatch(/busybox-broken.yaml.*kind/s)
  expect(await rig.pods(name)).toEqual([])
  await apply(name, `${DATA}/recursive/pod/busybox.yaml`, `${DATA}/recursive/pod/pod/busybox.yaml`)
  await rig.untilRunning(name, 2)
})

test('[PUB17] diff/: objects of four kinds that have no more than a name', async () => {
  const name = await rig.space()
  await apply(name, ...['configmap', 'secret', 'pod', 'deployment'].map((each) => `${DATA}/diff/${each}.yaml`))
  await rig.untilRunning(name, 4)
})

test('[PUB18] pod-with-precision.json: numbers as great as they come', async () => {
  const name = await rig.space()
  await apply(name, `${DATA}/pod-with-precision.json`)
  await rig.untilRunning(name)
})

test('[PUB19] secret.yaml, secret-pod.yaml.in: a Secret as files', async () => {
  const name = await rig.space()
  await apply(name, `${DOC}/user-guide/secrets/secret.yaml`)
  await rig.applyText(name, filledManifest(`${DOC}/user-guide/secrets/secret-pod.yaml.in`))
  await rig.untilPhase(name, 'secret-test-pod', 'Succeeded')
  await rig.untilLogged(name, 'secret-test-pod', /^content of file: value-1$/m)
})

test('[PUB20] dapi-pod.yaml.in: a pod says its name, its namespace, its address and that of its node', async () => {
  const name = await rig.space()
  await rig.applyText(name, filledManifest(`${DOC}/user-guide/downward-api/dapi-pod.yaml.in`))
  const { status } = await rig.untilPhase(name, 'dapi-test-pod', 'Succeeded')
  const lines = ['MY_POD_NAME=dapi-test-pod', `MY_POD_NAMESPACE=${name}`, `MY_HOST_IP=${status.hostIP}`]
  for (const line of lines) await rig.untilLogged(name, 'dapi-test-pod', new RegExp(`^${line}$`, 'm'))
  await rig.untilLogged(name, 'dapi-test-pod', /^MY_POD_IP=\d+(\.\d+){3}$/m)
})

test('[PUB21] deployment-with-UnixUserID.yaml: as another user than root', async () => {
  const name = await rig.space()
  await apply(name, `${DATA}/deployment-with-UnixUserID.yaml`)
  const [pod] = await rig.untilRunning(name)
  expect(await rig.run(name, pod!.metadata.name, 'id', '-u')).toBe('65534\n')
  expect(await get(pod!, 80)).toContain('Welcome to nginx!')
})

test('[PUB22] pod-with-readiness-probe.yaml.in: it serves from the first, and is ready after the delay of its probe', async () => {
  const name = await rig.space()
  await rig.applyText(name, filledManifest('test/e2e/testing-manifests/kubectl/pod-with-readiness-probe.yaml.in'))
  const { status } = await rig.untilPod(name, 'httpd', isReadyPod)
  const readyAt = status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? ''
  const startedAt = status.containerStatuses?.[0]?.state.running?.startedAt ?? ''
  expect(Date.parse(readyAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(5_000)
})

// These wait for probes that begin late, so they wait at once.

test.concurrent('[PUB23] exec-liveness.yaml.in: a container is restarted when its file is gone', async () => {
  const name = await rig.space()
  await rig.applyText(name, filledManifest(`${DOC}/user-guide/liveness/exec-liveness.yaml.in`))
  const [before] = await rig.untilRunning(name)
  expect(restartsOf(before!)).toBe(0)
  const after = await rig.untilPod(name, 'liveness-exec', (pod) => restartsOf(pod) === 1, PROBED_MS)
  expect(after.metadata.uid).toBe(before!.metadata.uid)
  expect(await rig.run(name, 'liveness-exec', 'cat', '/tmp/health')).toBe('ok\n')
})

test.concurrent('[PUB24] http-liveness.yaml.in: asked with its header, a container is restarted when it answers 500', async () => {
  const name = await rig.space()
  await rig.applyText(name, filledManifest(`${DOC}/user-guide/liveness/http-liveness.yaml.in`))
  const [before] = await rig.untilRunning(name)
  expect(restartsOf(before!)).toBe(0)
  await rig.untilLogged(name, 'liveness-http', /asked with X-Custom-Header: Awesome/, { withinMs: PROBED_MS })
  const after = await rig.untilPod(name, 'liveness-http', (pod) => restartsOf(pod) === 1, PROBED_MS)
  expect(after.metadata.uid).toBe(before!.metadata.uid)
})

test.concurrent('[PUB25] kibana-deployment.yaml, default-svc-controller.yaml: Deployments with probes, in a namespace that they name', async () => {
  const name = await rig.space('kube-system')
  await apply(name, `${ADDONS}/fluentd-elasticsearch/kibana-deployment.yaml`)
  await apply(name, `${ADDONS}/cluster-loadbalancing/glbc/default-svc-controller.yaml`)
  const all = await rig.untilRunning(name, 2)
  const backend = all.find(({ metadata }) => metadata.labels['k8s-app'] === 'glbc')
  await expect(get(backend!, 8080)).rejects.toThrow('status 404')
  for (const { metadata } of all) await rig.untilLogged(name, metadata.name, /response:200/, { withinMs: PROBED_MS })
  expect((await rig.pods(name)).map(restartsOf)).toEqual([0, 0])
})
