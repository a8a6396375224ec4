/**
 * What does not work here, and how that is told.
 *
 * @module
 */
import { alone } from './manifests.ts'
import type { Section, Row } from './row.ts'

/** A kind of another day, by the command that would make it. */
function kind(command: string, path: RegExp, unsupported: string, more: Partial<Row> = {}): Row {
  return { command, code: 1, err: [path], unsupported, ...more }
}

const RBAC = 'there are no roles yet: who has a kubeconfig may do everything'
const JOBS = 'pods that end are not counted yet: a Pod with `restartPolicy: Never` runs once'

export const REFUSED: readonly Section[] = [
  {
    title: 'what is refused',
    rows: [
      kind('create token default -n $N', /serviceaccounts/, 'pods have no identity to the API yet', { from: 24 }),
      kind('create role one -n $N --verb get --resource pods', /roles/, RBAC),
      kind('create rolebinding one -n $N --clusterrole one --user ada', /rolebindings/, RBAC),
      kind('create clusterrole one --verb get --resource pods', /clusterroles/, RBAC),
      kind('create clusterrolebinding one --clusterrole one --user ada', /clusterrolebindings/, RBAC),
      kind('create job one -n $N --image x', /batch\/v1/, JOBS),
      kind("create cronjob one -n $N --image x '--schedule=* * * * *'", /batch\/v1/, JOBS),
      kind(
        'create ingress one -n $N --rule=a/b=web:80',
        /networking\.k8s\.io\/v1/,
        'a Service of type NodePort is reached on every node',
      ),
      kind(
        'create quota one -n $N --hard pods=1',
        /resourcequotas/,
        'a count that holds on both sides of a split needs a majority',
      ),
      kind('create priorityclass one --value 1', /priorityclasses/, 'no pod makes another go'),
      kind('certificate approve one', /certificatesigningrequests/, '`shoal kubeconfig` has certificates signed'),
      kind('get componentstatuses', /componentstatuses/, 'there are no components beside the nodes'),
      {
        command: 'cluster-info dump --namespaces $N',
        code: 1,
        out: [/"kind": "NodeList"/],
        err: [/replicationcontrollers/],
        unsupported:
          'it asks for ReplicationControllers, DaemonSets and others that are not served: `kubectl get all,events -o yaml`',
      },
      {
        command: 'auth reconcile -f -',
        input: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'one', namespace: '$N' } },
        code: 1,
        err: [/roles|"Role"/],
        unsupported: RBAC,
      },
      { command: 'set subject rolebinding one -n $N --user ada', code: 1, err: [/rolebinding/], unsupported: RBAC },
      {
        command: 'apply --prune -n $N -l alone=pruned -f -',
        input: alone('pruned'),
        code: 1,
        err: [/no matches for kind "PersistentVolumeClaim"/],
        unsupported:
          'it looks for kinds that are not served: name those that are, `--prune-allowlist core/v1/ConfigMap` (`--prune-whitelist` before 1.26)',
      },
      {
        command: 'debug pruned -n $N --image busybox',
        code: 1,
        err: [/ephemeral containers are disabled for this cluster .*pods\/ephemeralcontainers is not served/],
        unsupported:
          'containers are not added to a pod that runs: `kubectl debug --copy-to` makes a second one, `kubectl exec` and `cp` go into the first',
      },
      {
        command: 'debug node/$NODE -n $N --image busybox',
        code: 1,
        err: [/violates the Pod Security Standard "baseline"/],
        unsupported: 'only where its namespace is labelled `pod-security.kubernetes.io/enforce=privileged`',
      },
      { command: 'delete pod pruned -n $N --now', out: [/deleted/] },
    ],
  },
]
