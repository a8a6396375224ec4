/**
 * What is deleted and waits: for finalizers, for what is in it, for what it owns.
 *
 * @module
 */
import { alone, configMap, staying } from './manifests.ts'
import type { Section } from './row.ts'

const HELD = { finalizers: ['example.com/a'] }
const RELEASE = '--type merge -p {"metadata":{"finalizers":null}}'

/** With a finalizer. */
function held(object: object): object {
  const { metadata } = object as { readonly metadata: object }
  return { ...object, metadata: { ...metadata, ...HELD } }
}

export const DELETING: readonly Section[] = [
  {
    title: 'what is deleted waits',
    rows: [
      { command: 'create -n $N -f -', input: held(configMap('waiting')), out: [/^configmap\/waiting created$/m] },
      { command: 'delete cm waiting -n $N --wait=false', out: [/^configmap "waiting" deleted/m] },
      { command: 'get cm waiting -n $N -o jsonpath={.metadata.deletionTimestamp}', out: [/^\d{4}-\d\d-\d\dT/] },
      { command: 'delete cm waiting -n $N --timeout 1s', code: 1, err: [/timed out waiting for the condition/] },
      {
        command: 'create -n $N -f -',
        input: configMap('waiting'),
        code: 1,
        err: [/object is being deleted: configmaps "waiting" already exists/],
      },
      {
        command: 'patch cm waiting -n $N --type merge -p {"metadata":{"finalizers":["example.com/a","example.com/b"]}}',
        code: 1,
        err: [/no new finalizers can be added if the object is being deleted, found new finalizers/],
      },
      { command: `patch cm waiting -n $N ${RELEASE}`, out: [/^configmap\/waiting patched/m] },
      { command: 'get cm waiting -n $N', code: 1, err: [/NotFound/] },
      { command: 'create -n $N -f -', input: held(alone('held')), out: [/^pod\/held created$/m] },
      { command: 'wait -n $N --for=condition=Ready pod/held --timeout 60s', out: [/condition met$/m] },
      { command: 'delete pod held -n $N --wait=false', out: [/^pod "held" deleted/m] },
      { command: 'get pod held -n $N', soon: true, out: [/^held +0\/1 +Terminating /m] },
      { command: 'get pod held -n $N -o jsonpath={.status.phase}', soon: true, out: [/^Failed$/] },
      { command: 'delete pod held -n $N --force --grace-period 0 --wait=false', out: [/^pod "held" force deleted/m] },
      { command: `patch pod held -n $N ${RELEASE}`, out: [/^pod\/held patched/m] },
      { command: 'get pod held -n $N', code: 1, err: [/NotFound/] },
      { command: 'apply -n $N -f -', input: staying('first', { replicas: 2 }), out: [/created$/m] },
      { command: 'rollout status -n $N deploy/first --timeout 60s', out: [/successfully rolled out$/m] },
      { command: 'delete deploy first -n $N --cascade=foreground', out: [/^deployment\.apps "first" deleted/m] },
      { command: 'get pods,rs -n $N -l app=first -o name', out: [/^$/] },
      { command: 'create ns $N-held', out: [/^namespace\/\S+ created$/m] },
      { command: 'create -n $N-held -f -', input: held(configMap('waiting')), out: [/created$/m] },
      { command: 'delete ns $N-held --wait=false', out: [/^namespace "\S+" deleted/m] },
      { command: 'get ns $N-held', out: [/^\S+-held +Terminating +\S+$/m] },
      {
        command: 'create cm late -n $N-held',
        code: 1,
        err: [/forbidden: unable to create new content in namespace \S+-held because it is being terminated/],
      },
      { command: `patch cm waiting -n $N-held ${RELEASE}`, out: [/^configmap\/waiting patched/m] },
      { command: 'get ns $N-held', soon: true, code: 1, err: [/NotFound/] },
    ],
  },
]
