/**
 * Looking at what is there, in every form.
 *
 * @module
 */
import { configMap, staying } from './manifests.ts'
import type { Section } from './row.ts'

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'look' },
  spec: { selector: { app: 'look' }, ports: [{ port: 80, targetPort: 8080 }] },
}

export const READING: readonly Section[] = [
  {
    title: 'what the kinds are',
    rows: [
      { command: 'explain pods', out: [/^KIND: +Pod$/m, /^VERSION: +v1$/m] },
      { command: 'explain pod.spec.containers.ports', out: [/containerPort\t<integer> -required-/] },
      { command: 'explain deploy --recursive', out: [/revisionHistoryLimit\t<integer>/] },
      { command: 'explain hpa.spec.maxReplicas', out: [/autoscaling/, /<integer>/] },
      { command: 'explain widgets', code: 1, err: [/doesn't have a resource type "widgets"/] },
      { command: 'api-resources --sort-by name -o name', out: [/^configmaps\n(.*\n)*deployments\.apps\n/m] },
      { command: 'version -o json', out: [/"serverVersion": \{[^}]*"gitVersion": "v1\.33\.0\+shoal-/] },
      { command: 'config view --minify', out: [/tls-server-name: shoal/, /certificate-authority-data: DATA\+OMITTED/] },
    ],
  },
  {
    title: 'looking',
    rows: [
      { command: 'apply -n $N -f -', input: staying('look', { replicas: 2 }), out: [/look created/] },
      { command: 'apply -n $N -f -', input: service, out: [/look created/] },
      { command: 'rollout status -n $N deploy/look --timeout 60s', out: [/successfully rolled out/] },
      { command: 'get pods -n $N -o wide', out: [/^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE/m] },
      {
        command: 'get deploy look -n $N -o wide',
        out: [/ CONTAINERS +IMAGES +SELECTOR$/m, /^look +2\/2 +2 +2 .* app=look$/m],
      },
      { command: 'get rs -n $N -l app=look -o wide', out: [/^look-\S+ +2 +2 +2 .*app=look,pod-template-hash=/m] },
      { command: 'get svc look -n $N -o wide', out: [/^look +ClusterIP +\S+ +<none> +80\/TCP +\S+ +app=look$/m] },
      { command: 'get ep look -n $N', out: [/^look +[\d.]+:8080,[\d.]+:8080 /m] },
      { command: 'get nodes -o wide', out: [/ CONTAINER-RUNTIME$/m, / process$/m] },
      { command: 'get ns $N', out: [/^\S+ +Active +\S+$/m] },
      { command: 'get pods -n $N -l app=look --no-headers', out: [/^(look-\S+ +1\/1 +Running +0 +\S+\n){2}$/] },
      {
        command: 'get pods -n $N -L app --show-labels',
        out: [/ APP +LABELS$/m, / look +app=look,pod-template-hash=\S+$/m],
      },
      { command: 'get pods -n $N --sort-by .metadata.name -o name', out: [/^pod\/look-/m] },
      { command: "get pods -A -l 'app in (look, nothing)'", out: [/^NAMESPACE /m, / look-/m] },
      {
        command: 'get pods -n $N -l app=look --field-selector status.phase=Running -o name',
        out: [/^(pod\/look-\S+\n){2}$/],
      },
      { command: 'get pods -n $N -l app=look --field-selector status.phase!=Running -o name', out: [/^$/] },
      { command: 'get pods -n $N --chunk-size 1 -l app=look --no-headers', out: [/^(look-.*\n){2}$/] },
      { command: "get deploy look -n $N -o 'go-template={{.metadata.name}}'", out: [/^look$/] },
      { command: 'get pods -n $N -l app=look -o jsonpath={.items[*].status.phase}', out: [/^Running Running$/] },
      {
        command: 'get pods -n $N -l app=look -o custom-columns=N:.metadata.name,IP:.status.podIP',
        out: [/^N +IP\n(look-\S+ +[\d.]+\n){2}$/],
      },
      { command: 'get deploy,svc look -n $N', out: [/^deployment\.apps\/look +2\/2/m, /^service\/look +ClusterIP/m] },
      {
        command: 'get deploy look -n $N --subresource=scale',
        from: 24,
        out: [/^NAME +DESIRED +AVAILABLE +AGE\nlook +2 +2 /m],
      },
      { command: 'get deploy look -n $N --subresource=status -o name', from: 24, out: [/^deployment\.apps\/look$/m] },
      { command: 'get deploy -n $N -w', goesOn: true, out: [/^look +2\/2/m] },
      { command: 'get deploy -n $N -w --output-watch-events', goesOn: true, out: [/^ADDED +look +2\/2/m] },
      {
        command: 'get events -n $N --sort-by .lastTimestamp',
        out: [/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/m, / pod\/look-/],
      },
      { command: 'events -n $N --types Normal', from: 27, out: [/Pod\/look-/] },
      {
        command: 'describe pods -n $N -l app=look',
        out: [/^Name: +look-/m, /^Status: +Running$/m, /^Controlled By: +ReplicaSet\/look-/m, / Scheduled /],
      },
      {
        command: 'describe rs -n $N -l app=look',
        out: [/^Replicas: +2 current \/ 2 desired$/m, /^Controlled By: +Deployment\/look$/m],
      },
      { command: 'describe ep look -n $N', out: [/^ {2}Addresses: +[\d.]+,[\d.]+$/m] },
      { command: 'describe endpointslices -n $N', from: 21, out: [/^AddressType: +IPv4$/m, /TargetRef: +Pod\/look-/] },
      {
        command: 'describe endpointslices -n $N',
        to: 20,
        code: 1,
        err: [/discovery\.k8s\.io\/v1beta1/],
        unsupported: 'kubectl 1.20 asks for `discovery.k8s.io/v1beta1`, which Kubernetes itself has not had since 1.25',
      },
      { command: 'describe ns $N', out: [/^Status: +Active$/m] },
      { command: 'describe node $NODE', out: [/^ {2}Ready +True .* RuntimeReady/m, /^Allocated resources:$/m] },
      { command: 'delete deploy,svc look -n $N --wait', out: [/^service "look" deleted/m] },
      { command: 'wait -n $N --for=delete pods -l app=look --timeout 60s', soon: true, from: 27 },
    ],
  },
  {
    title: 'logs and sessions',
    rows: [
      { command: 'apply -n $N -f -', input: staying('look', { replicas: 2 }), out: [/look created/] },
      { command: 'apply -n $N -f -', input: service, out: [/look created/] },
      { command: 'rollout status -n $N deploy/look --timeout 60s', out: [/successfully rolled out/] },
      { command: 'logs -n $N deploy/look', soon: true, out: [/^started$/m] },
      { command: 'logs -n $N deploy/look --tail 1 --timestamps', out: [/^\d{4}-\d\d-\d\dT\S+Z started$/m] },
      { command: 'logs -n $N -l app=look --prefix', soon: true, out: [/^(\[pod\/look-\S+\/main\] started\n){2}$/] },
      {
        command: 'logs -n $N deploy/look -c nothing',
        code: 1,
        err: [/container nothing is not valid for pod|nothing/],
      },
      { command: 'logs -n $N deploy/look --since 1h --limit-bytes 3', out: [/^sta$/] },
      {
        command: 'logs -n $N deploy/look --previous',
        code: 1,
        err: [/previous terminated container "main" in pod "\S+" not found/],
      },
      { command: 'logs -n $N deploy/look -f', goesOn: true, out: [/^started$/m] },
      { command: 'attach -n $N deploy/look', goesOn: true, err: [/^If you don't see a command prompt/m] },
      {
        command: 'port-forward -n $N deploy/look :8080',
        goesOn: true,
        out: [/^Forwarding from 127\.0\.0\.1:\d+ -> 8080$/m],
      },
      {
        command: 'port-forward -n $N svc/look :80',
        goesOn: true,
        out: [/^Forwarding from 127\.0\.0\.1:\d+ -> 8080$/m],
      },
      { command: 'proxy --port 0', goesOn: true, out: [/^Starting to serve on 127\.0\.0\.1:\d+$/m] },
      { command: 'delete deploy,svc look -n $N', out: [/^service "look" deleted/m] },
    ],
  },
  {
    title: 'waiting',
    rows: [
      { command: 'create -n $N -f -', input: configMap('awaited'), out: [/created/] },
      {
        command: 'wait -n $N --for=jsonpath={.data.colour}=green cm/awaited --timeout 5s',
        from: 23,
        out: [/^configmap\/awaited condition met$/m],
      },
      {
        command: 'wait -n $N --for=condition=Ready cm/awaited --timeout 1s',
        code: 1,
        err: [/timed out waiting for the condition on configmaps\/awaited/],
      },
      { command: 'delete cm awaited -n $N --wait=false', out: [/deleted/] },
      { command: 'wait -n $N --for=delete cm/awaited --timeout 5s', from: 27 },
    ],
  },
]
