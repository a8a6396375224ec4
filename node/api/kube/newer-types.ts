/**
 * What Kubernetes got after 1.20, as far as Shoal takes it: written by hand, with the numbers that its published protobuf
 * declarations give. Types that are in `go-types.ts`, too,
 * get these fields beside those, or in their place where the number is the same.
 *
 * @module
 */
export const NEWER_TYPES = `
apiextensions.v1.CustomResourceColumnDefinition | A column of a table.
 1 name! string | Its title.
 2 type! string | integer, number, string, boolean or date.
 3 format string | How the type is meant.
 4 description string | What it tells.
 5 priority int32 | Above 0 it is told where more was asked for.
 6 jsonPath! string | Where the value is in an object.
apiextensions.v1.CustomResourceConversion | How objects are turned from one version into another.
 1 strategy! string | None: the same fields under another version.
 2 webhook* raw | Without effect.
apiextensions.v1.CustomResourceDefinition | A kind that people bring, with its names and the schemas of its versions.
 1 metadata meta.v1.ObjectMeta | What it is called: plural and group.
 2 spec! CustomResourceDefinitionSpec | What the kind is to be.
 3 status CustomResourceDefinitionStatus | Whether its names were free, and it is served.
apiextensions.v1.CustomResourceDefinitionCondition | One thing that is so or not.
 1 type! string | NamesAccepted or Established.
 2 status! string | True, False or Unknown.
 3 lastTransitionTime time | When the status changed.
 4 reason string | Why, as one word.
 5 message string | Why, as a sentence.
apiextensions.v1.CustomResourceDefinitionNames | What the kind is called.
 1 plural! string | In paths.
 2 singular string | On command lines.
 3 shortNames []string list=atomic | On command lines, shorter.
 4 kind! string | In objects.
 5 listKind string | In lists of objects.
 6 categories []string list=atomic | Names of several kinds at once.
apiextensions.v1.CustomResourceDefinitionSpec | What a kind is to be.
 1 group! string | Its group, a domain.
 3 names! CustomResourceDefinitionNames | What it is called.
 4 scope! string | Cluster or Namespaced.
 7 versions! []CustomResourceDefinitionVersion list=atomic | Its versions, of which one is stored.
 9 conversion* CustomResourceConversion | How objects are turned from one version into another.
 10 preserveUnknownFields bool | False: a schema says which fields are kept.
apiextensions.v1.CustomResourceDefinitionStatus | Whether a kind is served.
 1 conditions []CustomResourceDefinitionCondition list=map keys=type | Whether its names were free, and it is served.
 2 acceptedNames CustomResourceDefinitionNames | The names by which it is served.
 3 storedVersions []string list=atomic | Versions in which there may be objects.
apiextensions.v1.CustomResourceDefinitionVersion | A version of a kind.
 1 name! string | v1, v1beta1.
 2 served! bool | Whether there is a path for it.
 3 storage! bool | Whether objects are kept in it.
 4 schema* CustomResourceValidation | What objects are held to.
 5 subresources* CustomResourceSubresources | Parts of objects that are read and written by themselves.
 6 additionalPrinterColumns []CustomResourceColumnDefinition list=atomic | Columns of tables.
 7 deprecated bool | Whether it is told that another is to be used.
 8 deprecationWarning* string | What is told then.
 9 selectableFields raw | Without effect: every field may be selected by.
apiextensions.v1.CustomResourceSubresourceScale | Where the numbers of a scale are in an object.
 1 specReplicasPath! string | How many are wanted.
 2 statusReplicasPath! string | How many there are.
 3 labelSelectorPath* string | By which labels they are found.
apiextensions.v1.CustomResourceSubresources | Parts of objects that are read and written by themselves.
 1 status* raw | Said, with nothing in it: the status.
 2 scale* CustomResourceSubresourceScale | How many are wanted.
apiextensions.v1.CustomResourceValidation | What objects are held to.
 1 openAPIV3Schema* raw | A structural schema.
core.v1.AppArmorProfile | The AppArmor profile of a pod or container.
 1 type! string | Which profile: Unconfined, RuntimeDefault or Localhost.
 2 localhostProfile* string | Name of a profile on the node, with the type Localhost.
core.v1.ClusterTrustBundleProjection | Certificates that a signer vouches for, as a file.
 1 name* string | The one bundle that is meant.
 2 signerName* string | All bundles of this signer.
 3 labelSelector* meta.v1.LabelSelector | Of the signer's bundles those with these labels.
 4 path! string | Where the file is, below the volume.
 5 optional* bool | Whether the pod starts where the bundle is not there.
core.v1.Container
 23 resizePolicy []ContainerResizePolicy list=atomic | What happens to the container where its resources change.
 24 restartPolicy* string | Of an init container: Always makes it a sidecar, which goes on beside the containers.
 25 restartPolicyRules []ContainerRestartRule list=atomic | Whether the container is started again, by how it ended.
core.v1.ContainerResizePolicy | What happens to a container where one of its resources changes.
 1 resourceName! string | cpu or memory.
 2 restartPolicy! string | NotRequired or RestartContainer.
core.v1.ContainerRestartRule | A rule about how a container ended.
 1 action! string | What is done: Restart.
 2 exitCodes* ContainerRestartRuleOnExitCodes | By its exit code.
core.v1.ContainerRestartRuleOnExitCodes | Exit codes that a rule is about.
 1 operator! string | In or NotIn.
 2 values []int32 list=set | The exit codes.
core.v1.GRPCAction | A health check over gRPC.
 1 port! int32 | Port of the service, 1 to 65535.
 2 service* string | Name of the service that is asked for.
core.v1.HostIP | An address of the machine of a pod.
 1 ip! string | The address.
core.v1.ImageVolumeSource | An image whose files are mounted.
 1 reference string | The image.
 2 pullPolicy string | Always, Never or IfNotPresent.
core.v1.Lifecycle
 1 postStart* LifecycleHandler | Done right after the container was started; where it fails the container is stopped.
 2 preStop* LifecycleHandler | Done before the container is stopped, within its grace period.
 3 stopSignal* string | Signal that asks the container to end.
core.v1.LifecycleHandler | What is done at a moment of a container's life.
 1 exec* ExecAction | A command in the container.
 2 httpGet* HTTPGetAction | A request.
 3 tcpSocket* TCPSocketAction | Without effect.
 4 sleep* SleepAction | A while that passes.
core.v1.PodAffinityTerm
 4 namespaceSelector* meta.v1.LabelSelector | Namespaces whose pods are meant, beside those that are named.
 5 matchLabelKeys []string list=atomic | Labels by which pods are told apart, taken from the pod itself.
 6 mismatchLabelKeys []string list=atomic | Labels that must differ from those of the pod itself.
core.v1.PodCertificateProjection | A certificate of the pod, as files.
 1 signerName! string | Who signs it.
 2 keyType! string | Kind of the key.
 3 maxExpirationSeconds* int32 | How long it is good for at most.
 4 credentialBundlePath string | Where key and certificates are, in one file.
 5 keyPath string | Where the key is.
 6 certificateChainPath string | Where the certificates are.
 7 userAnnotations map:string | What the signer is told beside.
core.v1.PodOS | The operating system of a pod.
 1 name! string | linux or windows.
core.v1.PodResourceClaim | A claim on devices.
 1 name! string | Its name within the pod.
 3 resourceClaimName* string | The claim that is meant.
 4 resourceClaimTemplateName* string | The template of a claim for each pod.
core.v1.PodSchedulingGate | What must be lifted before a pod gets a node.
 1 name! string | Its name.
core.v1.PodSecurityContext
 11 appArmorProfile* AppArmorProfile | The AppArmor profile of the containers.
 12 supplementalGroupsPolicy* string | Merge or Strict: whether groups of the image count, too.
 13 seLinuxChangePolicy* string | How SELinux labels come to volumes.
core.v1.PodSpec
 7 nodeSelector map:string map=atomic | Labels that a node must have to get the pod.
 36 os* PodOS | The operating system of the pod.
 37 hostUsers* bool | Whether the pod has the users of its machine.
 38 schedulingGates []PodSchedulingGate patch=merge key=name list=map keys=name | What must be lifted before the pod gets a node.
 39 resourceClaims []PodResourceClaim patch=merge,retainKeys key=name list=map keys=name | Devices that the pod uses.
 40 resources* ResourceRequirements | Resources of all containers together.
 41 hostnameOverride* string | The host name, whatever the pod is called.
core.v1.PodStatus
 16 hostIPs []HostIP patch=merge key=ip list=atomic | Addresses of the machine.
 17 observedGeneration int64 | Generation of the spec that this is about.
core.v1.Probe
 1 handler& ProbeHandler
 7 terminationGracePeriodSeconds* int64 | Seconds the container has to end when this probe fails.
core.v1.ProbeHandler | What is asked of a container.
 1 exec* ExecAction | A command in the container, which ends with 0.
 2 httpGet* HTTPGetAction | A request that is answered with 200 to 399.
 3 tcpSocket* TCPSocketAction | A port that takes connections.
 4 grpc* GRPCAction | A health check over gRPC.
core.v1.ResourceClaim | Which of a pod's claims a container uses.
 1 name! string | Name of the claim within the pod.
 2 request string | Which request of the claim.
core.v1.ResourceRequirements
 3 claims []ResourceClaim list=map keys=name | Devices that the container uses.
core.v1.SecurityContext
 12 appArmorProfile* AppArmorProfile | The AppArmor profile of the container.
core.v1.ServiceSpec
 2 selector map:string map=atomic | Labels of the pods to which the service leads.
 21 loadBalancerClass* string | Which implementation balances the load.
 22 internalTrafficPolicy* string | Cluster or Local: where traffic of the cluster itself goes.
 23 trafficDistribution* string | Which endpoints are preferred.
core.v1.SleepAction | A while that passes.
 1 seconds! int64 | How long.
core.v1.TopologySpreadConstraint
 5 minDomains* int32 | Least number of domains that there must be.
 6 nodeAffinityPolicy* string | Honor or Ignore.
 7 nodeTaintsPolicy* string | Honor or Ignore.
 8 matchLabelKeys []string list=atomic | Labels by which pods are told apart, taken from the pod itself.
core.v1.VolumeMount
 7 recursiveReadOnly* string | Whether what is mounted below is read-only, too.
core.v1.VolumeProjection
 5 clusterTrustBundle* ClusterTrustBundleProjection | Certificates that a signer vouches for.
 6 podCertificate* PodCertificateProjection | A certificate of the pod.
core.v1.VolumeSource
 30 image* ImageVolumeSource | An image whose files are mounted.
core.v1.WindowsSecurityContextOptions
 4 hostProcess* bool | Whether the container runs as a process of its machine.
policy.v1.PodDisruptionBudgetSpec
 4 unhealthyPodEvictionPolicy* string | IfHealthyBudget or AlwaysAllow: whether pods that do not serve may be evicted.
policy.v1.PodDisruptionBudgetStatus
 7 conditions []meta.v1.Condition patch=merge key=type list=map keys=type | What holds evictions back.
autoscaling.v2.HPAScalingRules
 4 tolerance* quantity | How far from the target the measure may be before anything changes.
authentication.v1.SelfSubjectReview | Who the asker is.
 1 metadata meta.v1.ObjectMeta | Nothing is asked for in it.
 2 status SelfSubjectReviewStatus | The answer.
authentication.v1.SelfSubjectReviewStatus | Who the asker is.
 1 userInfo UserInfo | Name and groups.
meta.v1.Condition | One thing that is so or not.
 1 type! string | What.
 2 status! string | True, False or Unknown.
 3 observedGeneration int64 | Generation of the spec that this is about.
 4 lastTransitionTime! time | When the status changed.
 5 reason! string | Why, as one word.
 6 message! string | Why, as a sentence.
discovery.v1.Endpoint
 5 deprecatedTopology map:string | Labels of where the endpoint is, as v1beta1 had them.
 7 zone* string | Where its node is.
`

/** Types that are one value to a merge, whatever is in them: who writes one owns all of it. */
export const ATOMIC_TYPES: ReadonlySet<string> = new Set([
  'core.v1.ConfigMapKeySelector',
  'core.v1.EndpointAddress',
  'core.v1.LocalObjectReference',
  'core.v1.NodeSelector',
  'core.v1.NodeSelectorTerm',
  'core.v1.ObjectFieldSelector',
  'core.v1.ObjectReference',
  'core.v1.ResourceFieldSelector',
  'core.v1.SecretKeySelector',
  'core.v1.SecretReference',
  'core.v1.TypedLocalObjectReference',
  'meta.v1.LabelSelector',
])
