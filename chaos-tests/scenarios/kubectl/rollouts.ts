/**
 * New revisions of a Deployment, and back.
 *
 * @module
 */
import { staying } from './manifests.ts'
import type { Section } from './row.ts'

const DONE = { command: 'rollout status -n $N deploy/roll --timeout 60s', out: [/successfully rolled out/] }

export const ROLLOUTS: readonly Section[] = [
  {
    title: 'rollouts',
    rows: [
      { command: 'create -n $N -f -', input: staying('roll'), out: [/created$/m] },
      DONE,
      { command: 'rollout pause -n $N deploy/roll', out: [/^deployment\.apps\/roll paused$/m] },
      {
        command: 'set image deploy/roll -n $N main=shoal.dev/demo:2',
        out: [/^deployment\.apps\/roll image updated$/m],
      },
      { command: 'set env deploy/roll -n $N COLOUR=green', out: [/^deployment\.apps\/roll env updated$/m] },
      { command: 'set env deploy/roll -n $N --list', out: [/^COLOUR=green$/m] },
      {
        command: 'set resources deploy/roll -n $N --limits memory=64Mi --requests cpu=1m',
        out: [/resource requirements updated$/m],
      },
      { command: 'set sa deploy/roll -n $N default', out: [/serviceaccount updated$/m] },
      { command: 'annotate deploy roll -n $N kubernetes.io/change-cause=four-in-one', out: [/annotated?$/m] },
      { command: 'rollout undo -n $N deploy/roll', code: 1, err: [/paused/] },
      { command: 'rollout resume -n $N deploy/roll', out: [/^deployment\.apps\/roll resumed$/m] },
      DONE,
      {
        command: 'rollout history -n $N deploy/roll',
        out: [/^1 +<none>\n(\d +<none>\n)*5 +four-in-one$/m],
        unsupported:
          'each change of the template is a revision, also while it is paused: after a power cut of all nodes it is what starts',
      },
      { command: 'rollout history -n $N deploy/roll --revision 5', out: [/with revision #5/, /COLOUR:\tgreen/] },
      {
        command: 'rollout history -n $N deploy/roll --revision 9',
        code: 1,
        err: [/unable to find the specified revision/],
      },
      { command: 'rollout undo -n $N deploy/roll --dry-run=server', out: [/rolled back \(server dry run\)$/m] },
      { command: 'rollout undo -n $N deploy/roll --to-revision 1', out: [/^deployment\.apps\/roll rolled back$/m] },
      DONE,
      {
        command: 'get deploy roll -n $N -o jsonpath={.spec.template.spec.containers[0].image}',
        out: [/^shoal\.dev\/demo:1$/],
      },
      { command: 'rollout restart -n $N deploy/roll', out: [/^deployment\.apps\/roll restarted$/m] },
      DONE,
      { command: 'rollout history -n $N deploy/roll', out: [/^5 +four-in-one\n6 +<none>\n7 +<none>$/m] },
      { command: 'delete deploy roll -n $N', out: [/deleted/] },
    ],
  },
]
