/**
 * How a pod stands in the network and among the processes of its node, as a runtime is told.
 *
 * @module
 */

export interface NetworkLaunch {
  /** It uses the node's network; this is the node's address. Absent: a network of its own. */
  readonly hostAddress?: string
  readonly hostProcesses?: true
  readonly hostIpc?: true
  /** Its containers see one another's processes. */
  readonly sharedProcesses?: true
  /** What it is called beside its hostname: `web-0.web.shop.svc.cluster.local`. */
  readonly domainName?: string
  /** Lines of `/etc/hosts`. */
  readonly aliases?: readonly { readonly ip: string; readonly names: readonly string[] }[]
  readonly dns?: DnsLaunch
  readonly sysctls?: Readonly<Record<string, string>>
}

/** What is to stand in `/etc/resolv.conf`. */
export interface DnsLaunch {
  /** Whether it comes after what the node itself uses, or stands alone. */
  readonly besideNode: boolean
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  /** `ndots:2` */
  readonly options: readonly string[]
}
