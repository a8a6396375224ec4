/**
 * Nodes, and getting pods off them.
 *
 * @module
 */
import { alone } from './manifests.ts'
import type { Section } from './row.ts'

export const NODES: readonly Section[] = [
  {
    title: 'nodes',
    rows: [
      { command: 'label node $NODE $N=walk', out: [/^node\/\S+ labeled$/m] },
      { command: 'get nodes -l $N=walk -o name', out: [/^node\/\S+\n$/] },
      { command: 'label node $NODE $N-', out: [/^node\/\S+ (un)?labeled$/m] },
      { command: 'annotate node $NODE $N=walk', out: [/annotated?$/m] },
      { command: 'annotate node $NODE $N-', out: [/annotated?$/m] },
      { command: 'taint node $NODE $N=walk:PreferNoSchedule', out: [/^node\/\S+ tainted$/m] },
      { command: 'describe node $NODE', out: [/\S+=walk:PreferNoSchedule/] },
      { command: 'taint node $NODE $N-', out: [/^node\/\S+ (un)?tainted$/m] },
      { command: 'create -n $N -f -', input: alone('drained', { node: '$NODE' }), out: [/created$/m] },
      { command: 'wait -n $N --for=condition=Ready pod/drained --timeout 60s', out: [/condition met$/m] },
      { command: 'cordon $NODE --dry-run=server', out: [/(already )?cordoned/] },
      { command: 'cordon $NODE', out: [/cordoned/] },
      {
        command: 'drain $NODE --force --ignore-daemonsets --pod-selector alone=drained --timeout 60s',
        out: [/^evicting pod \S+\/drained$|^pod\/drained evicted$/m, / (drained|evicted)$/m],
      },
      { command: 'get pod drained -n $N', code: 1, err: [/NotFound/] },
      { command: 'uncordon $NODE', out: [/uncordoned/] },
    ],
  },
]
