/**
 * As whom and with which rights a container runs, as a runtime is told: what the container says over what its pod says.
 *
 * @module
 */

export interface SecurityLaunch {
  /** Absent: what the image says, else root. */
  readonly user?: number
  /** Absent: the user's own. */
  readonly group?: number
  /** It is not to run as root, whatever its image says. */
  readonly nonRoot?: true
  /** Beside its own, `fsGroup` among them. */
  readonly groups?: readonly number[]
  /** Without `CAP_`; `ALL` is all there are. */
  readonly addCapabilities?: readonly string[]
  readonly dropCapabilities?: readonly string[]
  readonly privileged?: true
  /** Absent: it is not said, and a program gains no rights by its file (`no-new-privileges`). */
  readonly escalation?: boolean
  readonly readOnlyRoot?: true
  /** `node`: that of the node's own profiles, a path below where they are kept. Absent: the engine's own. */
  readonly seccomp?: 'RuntimeDefault' | 'Unconfined' | { readonly node: string }
  /** All of `/proc` is there, nothing masked. */
  readonly openProc?: true
}
