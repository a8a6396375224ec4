/**
 * Creating without a manifest, and by kustomize.
 *
 * @module
 */
import { configMap, staying } from './manifests.ts'
import type { Row, Section } from './row.ts'

const OVERRIDES = `'--overrides={"spec":{"runtimeClassName":"process"}}'`

/** Manifests as they lie about, in versions that Kubernetes itself has dropped. */
const OLDER: readonly Row[] = [
  {
    command: 'apply -n $N -f $F/older',
    out: [/^poddisruptionbudget\.policy\/old created$/m, /^horizontalpodautoscaler\.autoscaling\/old created$/m],
  },
  { command: 'patch -n $N -f $F/older/budget.yaml -p \'{"spec":{"minAvailable":2}}\'', out: [/patched$/m] },
  { command: 'get pdb old -n $N -o jsonpath={.apiVersion}/{.spec.minAvailable}', out: [/^policy\/v1\/2$/] },
  { command: 'apply -n $N -f $F/older', out: [/^poddisruptionbudget\.policy\/old configured$/m] },
  { command: 'get hpa old -n $N', out: [/^old +Deployment\/made +cpu: <unknown>\/80% +1 +3 /m] },
  { command: 'delete -n $N -f $F/older', out: [/^horizontalpodautoscaler\.autoscaling "old" deleted/m] },
]

export const MAKING: readonly Section[] = [
  {
    title: 'making things',
    rows: [
      { command: 'create ns $N-two', out: [/^namespace\/\S+ created$/m] },
      { command: 'create ns $N-two', code: 1, err: [/AlreadyExists/] },
      { command: 'delete ns $N-two', out: [/^namespace "\S+" deleted/m] },
      { command: 'create ns never --dry-run=client -o yaml', out: [/^ {2}name: never$/m] },
      {
        command: 'create cm made -n $N --from-literal colour=green --from-file $F/kustomize/settings.yaml',
        out: [/^configmap\/made created$/m],
      },
      { command: 'get cm made -n $N', out: [/^made +2 +\S+$/m] },
      { command: 'create cm seen -n $N --from-literal a=b --dry-run=server -o name', out: [/^configmap\/seen$/m] },
      { command: 'get cm seen -n $N', code: 1, err: [/NotFound/] },
      { command: 'create secret generic made -n $N --from-literal key=value', out: [/^secret\/made created$/m] },
      { command: 'get secret made -n $N', out: [/^made +Opaque +1 +\S+$/m] },
      { command: 'describe secret made -n $N', out: [/^key: +5 bytes$/m] },
      {
        command: 'create secret docker-registry pull -n $N --docker-server r --docker-username u --docker-password p',
        out: [/^secret\/pull created$/m],
      },
      { command: 'get secret pull -n $N -o jsonpath={.type}', out: [/^kubernetes\.io\/dockerconfigjson$/] },
      {
        command: 'create sa made -n $N',
        out: [/^serviceaccount\/made created$/m],
        err: [/Warning: pods get no token of a ServiceAccount/],
      },
      { command: 'get sa -n $N', out: [/^default +\d+ +\S+$/m, /^made +0 +\S+$/m] },
      {
        command: `patch sa default -n $N -p '{"imagePullSecrets":[{"name":"pull"}]}'`,
        out: [/^serviceaccount\/default patched$/m],
      },
      { command: 'describe sa default -n $N', out: [/^Image pull secrets: +pull/m] },
      { command: 'delete sa made default -n $N', out: [/^serviceaccount "default" deleted/m] },
      {
        command: 'create deploy made -n $N --image shoal.dev/demo:1 --replicas 0 --port 80',
        out: [/^deployment\.apps\/made created$/m],
      },
      {
        command: 'create deploy made -n $N --image shoal.dev/demo:1 --dry-run=server -o yaml',
        code: 1,
        err: [/already exists/i],
      },
      { command: 'expose deploy made -n $N --port 80 --target-port 8080', out: [/^service\/made exposed$/m] },
      { command: 'set selector svc made -n $N app=other', out: [/^service\/made selector updated$/m] },
      { command: 'create svc clusterip inside -n $N --tcp 80:8080', out: [/^service\/inside created$/m] },
      { command: 'create svc nodeport outside -n $N --tcp 80:8080', out: [/^service\/outside created$/m] },
      { command: 'get svc outside -n $N', out: [/^outside +NodePort +\S+ +<none> +80:\d+\/TCP /m] },
      {
        command: 'create svc loadbalancer wide -n $N --tcp 80',
        out: [/^service\/wide created$/m],
        err: [/Warning: spec\.type: LoadBalancer is kept and has no effect yet/],
        unsupported: 'nothing here hands out addresses: it is a NodePort, and a warning says so',
      },
      {
        command: 'create svc externalname away -n $N --external-name example.org',
        out: [/^service\/away created$/m],
        err: [/Warning: spec\.externalName is kept and has no effect yet/],
        unsupported: 'kept; pods have no name server yet that could answer with it',
      },
      {
        command: 'create pdb made -n $N --selector app=made --min-available 1',
        out: [/^poddisruptionbudget\.policy\/made created$/m],
      },
      ...OLDER,
      { command: 'describe pdb made -n $N', from: 22, out: [/^Min available: +1$/m, /^Selector: +app=made$/m] },
      {
        command: 'autoscale deploy made -n $N --min 1 --max 3 --cpu-percent 80',
        out: [/^horizontalpodautoscaler\.autoscaling\/made autoscaled$/m],
      },
      { command: 'get hpa made -n $N', out: [/^made +Deployment\/made +cpu: <unknown>\/80% +1 +3 /m] },
      { command: 'describe hpa made -n $N', out: [/^Reference: +Deployment\/made$/m, /\/ 80%$/m] },
      { command: 'delete hpa made -n $N', out: [/deleted/] },
      {
        command: 'create -n $N -o name -f -',
        input: { ...configMap('x'), metadata: { generateName: 'made-' } },
        out: [/^configmap\/made-\S+$/m],
      },
      { command: 'delete svc made inside outside wide away -n $N', out: [/^service "away" deleted/m] },
      { command: 'delete deploy made -n $N --cascade=foreground', out: [/^deployment\.apps "made" deleted/m] },
      { command: 'delete cm,secret -n $N --all', out: [/^secret "pull" deleted/m, /^configmap "made-\S+" deleted/m] },
    ],
  },
  {
    title: 'a pod to try something',
    rows: [
      {
        command: `run try -n $N --image shoal.dev/demo:1 --restart Never ${OVERRIDES} --command -- sh -c 'echo inside; sleep 1000'`,
        out: [/^pod\/try created$/m],
      },
      { command: 'run try -n $N --image shoal.dev/demo:1 --dry-run=client -o yaml', out: [/^ {4}run: try$/m] },
      { command: 'wait -n $N --for=condition=Ready pod/try --timeout 60s', out: [/condition met$/m] },
      { command: 'logs -n $N try', soon: true, out: [/^inside$/m] },
      { command: 'expose pod try -n $N --port 80', out: [/^service\/try exposed$/m] },
      { command: 'cp $F/kustomize/settings.yaml $N/try:copied' },
      { command: 'exec -n $N try -- cat copied', out: [/^ {2}name: settings$/m] },
      { command: 'cp $N/try:copied $HOME/$N-back' },
      { command: 'label pod try -n $N tier=x', out: [/^pod\/try labeled$/m] },
      { command: 'delete pod,svc -n $N -l run=try --grace-period 1', out: [/^pod "try" deleted/m] },
      { command: 'delete svc try -n $N --ignore-not-found' },
      {
        command: `run once -n $N -i --rm --quiet --image shoal.dev/demo:1 --restart Never ${OVERRIDES} --command -- sh -c 'cat; exit 4'`,
        input: 'typed\n',
        code: 4,
        out: [/^typed$/m],
      },
      { command: 'get pod once -n $N', code: 1, err: [/NotFound/] },
    ],
  },
  {
    title: 'kustomize',
    rows: [
      { command: 'kustomize $F/kustomize', out: [/^ {2}name: kz-settings$/m, /^ {2}name: kz-made-\w{10}$/m] },
      {
        command: 'apply -n $N -k $F/kustomize',
        out: [/^configmap\/kz-settings created$/m, /^configmap\/kz-made-\w{10} created$/m],
      },
      { command: 'get -n $N -k $F/kustomize -o name', out: [/^configmap\/kz-settings$/m] },
      { command: 'diff -n $N -k $F/kustomize', out: [/^$/] },
      {
        command: 'apply -n $N --server-side -k $F/kustomize --field-manager kz --force-conflicts',
        out: [/kz-settings serverside-applied$/m],
      },
      { command: 'delete -n $N -k $F/kustomize', out: [/^configmap "kz-settings" deleted/m] },
    ],
  },
  {
    title: 'manifests again',
    rows: [
      { command: 'apply -n $N -f -', input: staying('again', { replicas: 0 }), out: [/created$/m] },
      { command: 'apply -n $N -f -', input: staying('again', { replicas: 0 }), out: [/unchanged$/m] },
      {
        command: 'diff -n $N -f -',
        input: staying('again', { replicas: 1 }),
        code: 1,
        out: [/^- {2}replicas: 0$/m, /^\+ {2}replicas: 1$/m],
      },
      {
        command: 'apply -n $N --dry-run=server -f -',
        input: staying('again', { replicas: 1 }),
        out: [/configured \(server dry run\)$/m],
      },
      { command: 'get deploy again -n $N -o jsonpath={.spec.replicas}', out: [/^0$/] },
      { command: 'apply -n $N --dry-run=client -f -', input: staying('again'), out: [/configured \(dry run\)$/m] },
      { command: 'apply view-last-applied -n $N deploy/again', out: [/^ {2}replicas: 0$/m] },
      { command: 'apply set-last-applied -n $N -f -', input: staying('again', { replicas: 3 }), out: [/configured$/m] },
      {
        command: 'apply edit-last-applied -n $N deploy/again',
        editor: 'sed -i s/replicas:.3/replicas:\\ 4/',
        out: [/^deployment\.apps\/again edited$/m],
      },
      { command: 'apply view-last-applied -n $N deploy/again -o json', out: [/"replicas": 4/] },
      {
        command: 'apply -n $N -f -',
        input: { ...staying('wrong'), spec: { replicaz: 1 } },
        code: 1,
        err: [/replicaz/],
      },
      {
        command: 'apply -n $N --prune -l pruned=yes --prune-whitelist core/v1/ConfigMap -f -',
        input: { ...configMap('first'), metadata: { name: 'first', labels: { pruned: 'yes' } } },
        to: 25,
        out: [/first created$/m],
      },
      {
        command: 'apply -n $N --prune -l pruned=yes --prune-whitelist core/v1/ConfigMap -f -',
        input: { ...configMap('second'), metadata: { name: 'second', labels: { pruned: 'yes' } } },
        to: 25,
        out: [/second created$/m, /first pruned$/m],
      },
      {
        command: 'apply -n $N --prune -l pruned=yes --prune-allowlist core/v1/ConfigMap -f -',
        input: { ...configMap('first'), metadata: { name: 'first', labels: { pruned: 'yes' } } },
        from: 26,
        out: [/first created$/m],
      },
      {
        command: 'apply -n $N --prune -l pruned=yes --prune-allowlist core/v1/ConfigMap -f -',
        input: { ...configMap('second'), metadata: { name: 'second', labels: { pruned: 'yes' } } },
        from: 26,
        out: [/second created$/m, /first pruned$/m],
      },
      {
        command: 'replace -n $N --force -f -',
        input: staying('again', { replicas: 0 }),
        out: [/^deployment\.apps "again" deleted/m, /^deployment\.apps\/again replaced$/m],
      },
      {
        command: 'edit deploy again -n $N',
        editor: 'sed -i s/started/begun/',
        out: [/^deployment\.apps\/again edited$/m],
      },
      { command: 'get deploy again -n $N -o yaml', out: [/echo begun/] },
      { command: 'edit deploy again -n $N', editor: 'true', err: [/Edit cancelled, no changes made/] },
      {
        command: 'edit deploy again -n $N',
        editor: 'sed -i s/replicas:.0/replicas:\\ -3/',
        code: 1,
        err: [/deployments\.apps "again" is invalid/],
      },
      {
        command: 'patch deploy again -n $N --subresource=scale --type merge -p {"spec":{"replicas":0}}',
        from: 24,
        out: [/^scale\.autoscaling\/again patched/m],
      },
      {
        command: `patch deploy again -n $N -p '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"Z","value":"1"}]}]}}}}'`,
        out: [/patched$/m],
      },
      { command: 'get deploy again -n $N -o jsonpath={.spec.template.spec.containers[*].command[0]}', out: [/^sh$/] },
      { command: 'label deploy again -n $N tier=a', out: [/labeled$/m] },
      {
        command: 'label deploy again -n $N tier=b',
        code: 1,
        err: [/already has a value \(a\), and --overwrite is false/],
      },
      { command: 'label deploy again -n $N tier=b --overwrite', out: [/labeled$/m] },
      { command: 'label deploy again -n $N --list', out: [/^tier=b$/m] },
      { command: 'label deploy again -n $N tier-', out: [/labeled$/m] },
      { command: 'annotate deploy again -n $N note=kept', out: [/annotated?$/m] },
      { command: 'annotate deploy again -n $N note-', out: [/annotated?$/m] },
      { command: 'delete cm second -n $N --dry-run=server', out: [/deleted \(server dry run\)/] },
      { command: 'get cm second -n $N -o name', out: [/second/] },
      { command: 'delete -n $N -f -', input: configMap('second'), out: [/^configmap "second" deleted/m] },
      {
        command: 'delete deploy again -n $N --cascade=orphan',
        err: [/Warning: propagationPolicy 'Orphan' has no effect: the pods of a Deployment end with it/],
        out: [/deleted/],
        unsupported:
          'the pods of a Deployment end with it: they are its slots, and no objects of their own; a warning says so',
      },
    ],
  },
]
