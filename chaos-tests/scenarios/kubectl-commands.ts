/**
 * What people ask of kubectl, and what has to come of it: one row a command, in the order in which they are run, in a
 * namespace of their own. `kubectl.test.ts` runs them with every kubectl there is, against every node.
 *
 * @module
 */
import { DELETING } from './kubectl/deleting.ts'
import { MAKING } from './kubectl/making.ts'
import { NODES } from './kubectl/nodes.ts'
import { READING } from './kubectl/reading.ts'
import { REFUSED } from './kubectl/refused.ts'
import { ROLLOUTS } from './kubectl/rollouts.ts'
import type { Section } from './kubectl/row.ts'

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'green' } }

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        runtimeClassName: 'process',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'web', image: 'shoal.dev/demo:1', command: ['sleep', '100000'] }],
      },
    },
  },
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
}

/** Deaf to SIGTERM, and given five minutes: longer than any test waits. */
const stubborn = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'stubborn' },
  spec: {
    runtimeClassName: 'process',
    terminationGracePeriodSeconds: 300,
    containers: [
      { name: 'main', image: 'shoal.dev/demo:1', command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.2; done'] },
    ],
  },
}

/** A part of it, as whoever applies on the server may send it. */
const colours = (data: object): object => ({ ...configMap, metadata: { name: 'colours' }, data })

const keys = (data: object): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, data })

const sized = (replicas?: number): object => ({
  ...deployment,
  metadata: { name: 'sized' },
  spec: { ...deployment.spec, ...(replicas === undefined ? { replicas: undefined } : { replicas }), paused: true },
})

/** Before all others, and after them. */
export const BEGIN: Section = {
  title: 'the beginning',
  rows: [
    {
      command: 'create -f -',
      input: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '$N' } },
      out: [/^namespace\/\S+ created$/m],
    },
  ],
}
export const END: Section = {
  title: 'the end',
  rows: [{ command: 'delete ns $N --wait=false', out: [/^namespace "\S+" deleted/m] }],
}

/** Each stands on its own. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'what is there',
    rows: [
      { command: 'version', out: [/Server Version: .*v1\.33\.0\+shoal-/] },
      { command: 'cluster-info', out: [/is running at .*https:\/\//] },
      { command: 'api-versions', out: [/^apps\/v1$/m, /^autoscaling\/v2$/m, /^authorization\.k8s\.io\/v1$/m, /^v1$/m] },
      {
        command: 'api-resources',
        out: [
          /^pods +po +v1 +true +Pod$/m,
          /^namespaces +ns +v1 +false +Namespace$/m,
          /^deployments +deploy +apps\/v1 +true +Deployment$/m,
          /^poddisruptionbudgets +pdb +policy\/v1 +true /m,
        ],
      },
      { command: 'api-resources --namespaced=false -o name', out: [/^nodes$/m, /^namespaces$/m] },
      { command: 'api-resources --verbs=list,delete -o name', out: [/^configmaps$/m, /^deployments\.apps$/m] },
      { command: 'api-resources --api-group=apps -o wide', out: [/^deployments .*watch/m, /^replicasets /m] },
      { command: 'api-resources --categories=all -o name', from: 27, out: [/^pods$/m, /^services$/m] },
      { command: 'get --raw /livez', out: [/^ok$/] },
      { command: 'get --raw /readyz', out: [/^ok$/] },
      { command: 'get --raw /version', out: [/"gitVersion":"v1\.33\.0\+shoal-/] },
      { command: 'get --raw /apis/apps/v1', out: [/"name":"deployments\/scale"/] },
      { command: 'get --raw /nowhere', code: 1, err: [/NotFound/] },
      { command: 'get widgets', code: 1, err: [/the server doesn't have a resource type "widgets"/] },
      { command: 'get nodes -o name', out: [/^node\/\S+\nnode\/\S+\nnode\/\S+$/m] },
    ],
  },
  {
    title: 'who may',
    rows: [
      // From 1.32 it sends protobuf: with the formats.
      { command: 'auth can-i create pods', out: [/^yes$/m] },
      { command: 'auth can-i delete deployments.apps --subresource=scale -n $N', out: [/^yes$/m] },
      { command: 'auth can-i get /version', out: [/^yes$/m] },
      { command: 'auth can-i --list -n $N', out: [/^\*\.\* /m] },
      { command: 'auth whoami', from: 27, out: [/^Username +ada$/m, /^Groups .*system:masters/m] },
      {
        command: 'get pods -n $N --as basil',
        code: 1,
        err: [/Forbidden.*impersonate-user: nobody may act as somebody else/],
      },
    ],
  },
  {
    title: 'objects',
    rows: [
      { command: 'create -n $N -f -', input: configMap, out: [/^configmap\/settings created$/m] },
      {
        command: 'create -n $N -f -',
        input: configMap,
        code: 1,
        err: [/AlreadyExists.*configmaps "settings" already exists/],
      },
      {
        command: 'create -n $N-nowhere -f -',
        input: configMap,
        code: 1,
        err: [/NotFound.*namespaces "\S+" not found/],
      },
      {
        command: 'create -n $N -f -',
        input: { ...configMap, metadata: { name: 'Bad_Name' } },
        code: 1,
        err: [/invalid/i, /metadata\.name/],
      },
      { command: 'get cm settings -n $N -o name', out: [/^configmap\/settings$/m] },
      { command: 'get cm settings -n $N -o json', out: [/"colour": "green"/, /"kind": "ConfigMap"/] },
      { command: 'get cm settings -n $N -o yaml', out: [/^ {2}colour: green$/m] },
      { command: 'get cm settings -n $N -o jsonpath={.data.colour}', out: [/^green$/] },
      { command: 'get cm -n $N -o custom-columns=N:.metadata.name,C:.data.colour', out: [/^settings +green$/m] },
      { command: 'get cm -n $N --field-selector metadata.name=settings -o name', out: [/^configmap\/settings$/m] },
      { command: 'get cm nothing -n $N', code: 1, err: [/NotFound.*configmaps "nothing" not found/] },
      { command: 'label cm settings -n $N tier=front', out: [/^configmap\/settings labeled$/m] },
      { command: 'get cm -n $N -l tier=front -o name', out: [/^configmap\/settings$/m] },
      { command: 'get cm -n $N -l tier!=front -o name --ignore-not-found', out: [/^$/] },
      { command: 'annotate cm settings -n $N note=kept', out: [/^configmap\/settings annotated?$/m] },
      {
        command: 'patch cm settings -n $N --type merge -p {"data":{"size":"2"}}',
        out: [/^configmap\/settings patched$/m],
      },
      { command: 'patch cm settings -n $N -p {"data":{"size":"3"}}', out: [/^configmap\/settings patched$/m] },
      { command: 'patch cm settings -n $N --type json -p [{"op":"remove","path":"/data/size"}]', out: [/patched$/m] },
      {
        command: 'patch cm settings -n $N --type json -p [{"op":"remove","path":"/data/size"}]',
        code: 1,
        err: [/size|The request is invalid/],
      },
      {
        command: 'replace -n $N -f -',
        input: { ...configMap, data: { colour: 'red' } },
        out: [/^configmap\/settings replaced$/m],
      },
      { command: 'get cm settings -n $N -o jsonpath={.data}', out: [/"colour":"red"/] },
      {
        command: 'apply -n $N -f -',
        input: { ...configMap, metadata: { name: 'applied' } },
        out: [/^configmap\/applied created$/m],
      },
      {
        command: 'delete cm settings applied -n $N',
        out: [/^configmap "settings" deleted/m, /^configmap "applied" deleted/m],
      },
      { command: 'delete cm settings -n $N', code: 1, err: [/NotFound.*configmaps "settings" not found/] },
      { command: 'delete cm settings -n $N --ignore-not-found' },
    ],
  },
  {
    title: 'server-side apply',
    rows: [
      {
        command: 'apply --server-side --dry-run=server -n $N -f - -o yaml',
        input: colours({ sky: 'blue' }),
        out: [/^ {2}sky: blue$/m],
      },
      { command: 'get cm colours -n $N', code: 1, err: [/NotFound/] },
      {
        command: 'apply --server-side --field-manager a -n $N -f -',
        input: colours({ sky: 'blue', sun: 'red', sea: 'green' }),
        out: [/^configmap\/colours serverside-applied$/m],
      },
      {
        command: 'apply --server-side --field-manager a -n $N -f -',
        input: colours({ sky: 'blue', sun: 'red', sea: 'green' }),
        out: [/^configmap\/colours serverside-applied$/m],
      },
      {
        command: 'apply --server-side --field-manager b -n $N -f -',
        input: colours({ sky: 'grey' }),
        code: 1,
        err: [/Apply failed with 1 conflict: conflict with "a": \.data\.sky$/m],
      },
      {
        command: 'apply --server-side --field-manager b -n $N -f -',
        input: colours({ sky: 'grey', sea: 'blue' }),
        code: 1,
        err: [/Apply failed with 2 conflicts: conflicts with "a":\n- \.data\.sea\n- \.data\.sky$/m],
      },
      {
        command: 'diff --server-side --field-manager b --force-conflicts -n $N -f -',
        input: colours({ sky: 'grey' }),
        code: 1,
        out: [/^- {2}sky: blue$/m, /^\+ {2}sky: grey$/m],
      },
      { command: 'get cm colours -n $N -o jsonpath={.data.sky}', out: [/^blue$/] },
      {
        command: 'apply --server-side --field-manager b --force-conflicts -n $N -f -',
        input: colours({ sky: 'grey' }),
        out: [/^configmap\/colours serverside-applied$/m],
      },
      {
        command: 'apply --server-side --field-manager a -n $N -f -',
        input: colours({ sun: 'red' }),
        out: [/^configmap\/colours serverside-applied$/m],
      },
      { command: 'get cm colours -n $N -o jsonpath={.data}', out: [/^\{"sky":"grey","sun":"red"\}$/] },
      { command: 'get cm colours -n $N -o yaml', to: 20, out: [/manager: a$/m, /manager: b$/m, /f:sky: \{\}/] },
      {
        command: 'get cm colours -n $N -o yaml --show-managed-fields',
        from: 21,
        out: [/manager: a$/m, /manager: b$/m, /f:sky: \{\}/],
      },
      { command: 'apply -n $N -f -', input: sized(2), out: [/^deployment\.apps\/sized created$/m] },
      {
        command: 'apply --server-side --field-manager c -n $N -f -',
        input: sized(3),
        code: 1,
        err: [
          /Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps\/v1: \.spec\.replicas/,
        ],
      },
      {
        command: 'apply --server-side -n $N -f -',
        input: sized(3),
        out: [/^deployment\.apps\/sized serverside-applied$/m],
      },
      // The newer kubectls hand over what the older way owned; then it goes when it is left out.
      {
        command: 'apply --server-side -n $N -f -',
        input: sized(),
        out: [/^deployment\.apps\/sized serverside-applied$/m],
      },
      { command: 'get deploy sized -n $N -o jsonpath={.spec.replicas}', from: 26, out: [/^1$/] },
      { command: 'scale -n $N deploy/sized --replicas 4', out: [/scaled$/m] },
      {
        command: 'apply --server-side -n $N -f -',
        input: sized(5),
        code: 1,
        err: [/conflict with "kubectl\S*" with subresource "scale" using apps\/v1: \.spec\.replicas/],
      },
      { command: 'apply -n $N -f -', input: sized(5), out: [/^deployment\.apps\/sized configured$/m] },
      {
        command: 'apply --server-side --field-manager a -n $N -f -',
        input: keys({ key: 'b25l' }),
        out: [/^secret\/keys serverside-applied$/m],
      },
      {
        command: 'apply --server-side --field-manager b -n $N -f -',
        input: keys({ key: 'dHdv' }),
        code: 1,
        err: [/Apply failed with 1 conflict: conflict with "a": \.data\.key$/m],
      },
      { command: 'delete cm/colours deploy/sized secret/keys -n $N', out: [/deleted/] },
    ],
  },
  {
    title: 'what runs',
    rows: [
      { command: 'create -n $N -f -', input: service, out: [/^service\/web created$/m] },
      { command: 'create -n $N -f -', input: deployment, out: [/^deployment\.apps\/web created$/m] },
      { command: 'rollout status -n $N deploy/web --timeout 60s', out: [/successfully rolled out/] },
      { command: 'scale -n $N deploy/web --replicas 2', out: [/^deployment\.apps\/web scaled$/m] },
      {
        command: 'scale -n $N deploy/web --replicas 3 --current-replicas 7',
        code: 1,
        err: [/Expected replicas to be 7, was 2/],
      },
      { command: 'get deploy web -n $N -o jsonpath={.spec.replicas}', out: [/^2$/] },
      { command: 'rollout status -n $N deploy/web --timeout 60s', out: [/successfully rolled out/] },
      {
        command: 'wait -n $N --for=condition=Available deploy/web --timeout 60s',
        out: [/^deployment\.apps\/web condition met$/m],
      },
      { command: 'get pods -n $N -l app=web -o name', out: [/^(pod\/web-\S+\n){2}$/] },
      { command: 'get pods -n $N -o json', out: [/"phase": "Running"/] },
      {
        command: 'get all -n $N -o name',
        out: [/^pod\/web-/m, /^service\/web$/m, /^deployment\.apps\/web$/m, /^replicaset\.apps\/web-/m],
      },
      { command: 'rollout history -n $N deploy/web', out: [/^1 +<none>$/m] },
      { command: 'describe deploy web -n $N', out: [/^Replicas: +2 desired \| 2 updated \| 2 total \| 2 available/m] },
      { command: 'get endpointslices -n $N -l kubernetes.io/service-name=web', out: [/^web-1 +IPv4 +\d+/m] },
      { command: 'describe svc web -n $N', out: [/^Endpoints: +[\d.]+:\d+,[\d.]+:\d+/m] },
      { command: 'get events -n $N -o name', out: [/^event\/web-/m] },
      { command: 'exec -n $N deploy/web -- echo here', out: [/^here$/m] },
      { command: 'exec -n $N deploy/web -- cat /nowhere', code: 1, err: [/nowhere/, /exit code 1/] },
      { command: 'exec -n $N -i deploy/web -- wc -c', input: 'x'.repeat(100), out: [/^ *100$/m] },
      {
        command: 'top pods -n $N',
        soon: true,
        out: [/^NAME +CPU\(cores\) +MEMORY\(bytes\)/m, /^web-\S+ +\d+m +\d+Mi/m],
      },
      { command: 'top pods -n $N -l app=nothing', err: [/No resources found/] },
      { command: 'top nodes', out: [/^\S+ +\d+m +\d+% +\d+Mi +\d+%/m] },
      { command: 'get pods.v1beta1.metrics.k8s.io -n $N', soon: true, out: [/^NAME +CPU +MEMORY +WINDOW/m, /^web-/m] },
      { command: 'create -n $N -f -', input: stubborn, out: [/^pod\/stubborn created$/m] },
      { command: 'wait -n $N --for=condition=Ready pod/stubborn --timeout 60s', out: [/condition met$/m] },
      { command: 'delete pod stubborn -n $N --now', out: [/^pod "stubborn" deleted/m] },
      { command: 'get pod stubborn -n $N', code: 1, err: [/NotFound/] },
      { command: 'create -n $N -f -', input: stubborn, out: [/^pod\/stubborn created$/m] },
      { command: 'wait -n $N --for=condition=Ready pod/stubborn --timeout 60s', out: [/condition met$/m] },
      { command: 'delete pod stubborn -n $N --wait=false', out: [/^pod "stubborn" deleted/m] },
      { command: 'get pod stubborn -n $N', soon: true, out: [/Terminating/] },
      {
        command: 'delete pod stubborn -n $N --force --grace-period 0',
        err: [/Immediate deletion/],
        out: [/force deleted/],
      },
      { command: 'get pod stubborn -n $N --ignore-not-found', soon: true, out: [/^$/] },
      { command: 'delete node nowhere', code: 1, err: [/NotFound.*nodes "nowhere" not found/] },
      { command: 'logs -n $N nothing', code: 1, err: [/pods "nothing" not found/] },
      { command: 'delete deploy,svc web -n $N', out: [/^deployment\.apps "web" deleted/m, /^service "web" deleted/m] },
    ],
  },
  ...READING,
  ...MAKING,
  ...ROLLOUTS,
  ...NODES,
  ...REFUSED,
  ...DELETING,
]
