/**
 * Types of Kubernetes 1.20, made by scripts/kube-schema.ts from Debian's source of Kubernetes: Copyright The Kubernetes Authors,
 * Apache License 2.0 (NOTICE). How to read it: `messages.ts`.
 *
 * @license Apache-2.0
 * @module
 */
export const GO_TYPES = String.raw`
apps.v1.Deployment | Deployment enables declarative updates for Pods and ReplicaSets.
 1 metadata meta.v1.ObjectMeta | Standard object metadata.
 2 spec DeploymentSpec | Specification of the desired behavior of the Deployment.
 3 status DeploymentStatus | Most recently observed status of the Deployment.
apps.v1.DeploymentCondition | DeploymentCondition describes the state of a deployment at a certain point.
 1 type! string | Type of deployment condition.
 2 status! string | Status of the condition, one of True, False, Unknown.
 6 lastUpdateTime time | The last time this condition was updated.
 7 lastTransitionTime time | Last time the condition transitioned from one status to another.
 4 reason string | The reason for the condition's last transition.
 5 message string | A human readable message indicating details about the transition.
apps.v1.DeploymentSpec | DeploymentSpec is the specification of the desired behavior of the Deployment.
 1 replicas* int32 | Number of desired pods. This is a pointer to distinguish between explicit zero and not specified. Defaults to 1.
 2 selector*! meta.v1.LabelSelector | Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.
 3 template! core.v1.PodTemplateSpec | Template describes the pods that will be created.
 4 strategy DeploymentStrategy patch=retainKeys | The deployment strategy to use to replace existing pods with new ones.
 5 minReadySeconds int32 | Minimum number of seconds for which a newly created pod should be ready without any of its container crashing, for it to be considered available. Defaults to 0 (pod will be considered available as soon as it is ready)
 6 revisionHistoryLimit* int32 | The number of old ReplicaSets to retain to allow rollback. This is a pointer to distinguish between explicit zero and not specified. Defaults to 10.
 7 paused bool | Indicates that the deployment is paused.
 9 progressDeadlineSeconds* int32 | The maximum time in seconds for a deployment to make progress before it is considered to be failed. The deployment controller will continue to process failed deployments and a condition with a ProgressDeadlineExceeded reason will be surfaced in the deployment status. Note that progress will not be estimated during the time a deployment is paused. Defaults to 600s.
apps.v1.DeploymentStatus | DeploymentStatus is the most recently observed status of the Deployment.
 1 observedGeneration int64 | The generation observed by the deployment controller.
 2 replicas int32 | Total number of non-terminated pods targeted by this deployment (their labels match the selector).
 3 updatedReplicas int32 | Total number of non-terminated pods targeted by this deployment that have the desired template spec.
 7 readyReplicas int32 | Total number of ready pods targeted by this deployment.
 4 availableReplicas int32 | Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.
 5 unavailableReplicas int32 | Total number of unavailable pods targeted by this deployment. This is the total number of pods that are still required for the deployment to have 100% available capacity. They may either be pods that are running but not yet available or pods that still have not been created.
 6 conditions []DeploymentCondition patch=merge key=type | Represents the latest available observations of a deployment's current state.
 8 collisionCount* int32 | Count of hash collisions for the Deployment. The Deployment controller uses this field as a collision avoidance mechanism when it needs to create the name for the newest ReplicaSet.
apps.v1.DeploymentStrategy | DeploymentStrategy describes how to replace existing pods with new ones.
 1 type string | Type of deployment. Can be "Recreate" or "RollingUpdate". Default is RollingUpdate.
 2 rollingUpdate* RollingUpdateDeployment | Rolling update config params. Present only if DeploymentStrategyType = RollingUpdate.
apps.v1.ReplicaSet | ReplicaSet ensures that a specified number of pod replicas are running at any given time.
 1 metadata meta.v1.ObjectMeta | If the Labels of a ReplicaSet are empty, they are defaulted to be the same as the Pod(s) that the ReplicaSet manages. Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec ReplicaSetSpec | Spec defines the specification of the desired behavior of the ReplicaSet. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
 3 status ReplicaSetStatus | Status is the most recently observed status of the ReplicaSet. This data may be out of date by some window of time. Populated by the system. Read-only. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
apps.v1.ReplicaSetCondition | ReplicaSetCondition describes the state of a replica set at a certain point.
 1 type! string | Type of replica set condition.
 2 status! string | Status of the condition, one of True, False, Unknown.
 3 lastTransitionTime time | The last time the condition transitioned from one status to another.
 4 reason string | The reason for the condition's last transition.
 5 message string | A human readable message indicating details about the transition.
apps.v1.ReplicaSetSpec | ReplicaSetSpec is the specification of a ReplicaSet.
 1 replicas* int32 | Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller
 4 minReadySeconds int32 | Minimum number of seconds for which a newly created pod should be ready without any of its container crashing, for it to be considered available. Defaults to 0 (pod will be considered available as soon as it is ready)
 2 selector*! meta.v1.LabelSelector | Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 3 template core.v1.PodTemplateSpec | Template is the object that describes the pod that will be created if insufficient replicas are detected. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#pod-template
apps.v1.ReplicaSetStatus | ReplicaSetStatus represents the current status of a ReplicaSet.
 1 replicas! int32 | Replicas is the most recently oberved number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller
 2 fullyLabeledReplicas int32 | The number of pods that have labels matching the labels of the pod template of the replicaset.
 4 readyReplicas int32 | The number of ready replicas for this replica set.
 5 availableReplicas int32 | The number of available replicas (ready for at least minReadySeconds) for this replica set.
 3 observedGeneration int64 | ObservedGeneration reflects the generation of the most recently observed ReplicaSet.
 6 conditions []ReplicaSetCondition patch=merge key=type | Represents the latest available observations of a replica set's current state.
apps.v1.RollingUpdateDeployment | Spec to control the desired behavior of rolling update.
 1 maxUnavailable* intorstring | The maximum number of pods that can be unavailable during the update. Value can be an absolute number (ex: 5) or a percentage of desired pods (ex: 10%). Absolute number is calculated from percentage by rounding down. This can not be 0 if MaxSurge is 0. Defaults to 25%. Example: when this is set to 30%, the old ReplicaSet can be scaled down to 70% of desired pods immediately when the rolling update starts. Once new pods are ready, old ReplicaSet can be scaled down further, followed by scaling up the new ReplicaSet, ensuring that the total number of pods available at all times during the update is at least 70% of desired pods.
 2 maxSurge* intorstring | The maximum number of pods that can be scheduled above the desired number of pods. Value can be an absolute number (ex: 5) or a percentage of desired pods (ex: 10%). This can not be 0 if MaxUnavailable is 0. Absolute number is calculated from percentage by rounding up. Defaults to 25%. Example: when this is set to 30%, the new ReplicaSet can be scaled up immediately when the rolling update starts, such that the total number of old and new pods do not exceed 130% of desired pods. Once old pods have been killed, new ReplicaSet can be scaled up further, ensuring that total number of pods running at any time during the update is at most 130% of desired pods.
authentication.v1.UserInfo | UserInfo holds the information about the user needed to implement the user.Info interface.
 1 username string | The name that uniquely identifies this user among all active users.
 2 uid string | A unique value that identifies this user across time. If this user is deleted and another user by the same name is added, they will have different UIDs.
 3 groups []string | The names of groups this user is a part of.
 4 extra map:[]string | Any additional information provided by the authenticator.
authorization.v1.NonResourceAttributes | NonResourceAttributes includes the authorization attributes available for non-resource requests to the Authorizer interface
 1 path string | Path is the URL path of the request
 2 verb string | Verb is the standard HTTP verb
authorization.v1.NonResourceRule | NonResourceRule holds information that describes a rule for the non-resource
 1 verbs! []string | Verb is a list of kubernetes non-resource API verbs, like: get, post, put, delete, patch, head, options. "*" means all.
 2 nonResourceURLs []string | NonResourceURLs is a set of partial urls that a user should have access to. *s are allowed, but only as the full, final step in the path. "*" means all.
authorization.v1.ResourceAttributes | ResourceAttributes includes the authorization attributes available for resource requests to the Authorizer interface
 1 namespace string | Namespace is the namespace of the action being requested. Currently, there is no distinction between no namespace and all namespaces "" (empty) is defaulted for LocalSubjectAccessReviews "" (empty) is empty for cluster-scoped resources "" (empty) means "all" for namespace scoped resources from a SubjectAccessReview or SelfSubjectAccessReview
 2 verb string | Verb is a kubernetes resource API verb, like: get, list, watch, create, update, delete, proxy. "*" means all.
 3 group string | Group is the API Group of the Resource. "*" means all.
 4 version string | Version is the API Version of the Resource. "*" means all.
 5 resource string | Resource is one of the existing resource types. "*" means all.
 6 subresource string | Subresource is one of the existing resource types. "" means none.
 7 name string | Name is the name of the resource being requested for a "get" or deleted for a "delete". "" (empty) means all.
authorization.v1.ResourceRule | ResourceRule is the list of actions the subject is allowed to perform on resources. The list ordering isn't significant, may contain duplicates, and possibly be incomplete.
 1 verbs! []string | Verb is a list of kubernetes resource API verbs, like: get, list, watch, create, update, delete, proxy. "*" means all.
 2 apiGroups []string | APIGroups is the name of the APIGroup that contains the resources. If multiple API groups are specified, any action requested against one of the enumerated resources in any API group will be allowed. "*" means all.
 3 resources []string | Resources is a list of resources this rule applies to. "*" means all in the specified apiGroups. "*/foo" represents the subresource 'foo' for all resources in the specified apiGroups.
 4 resourceNames []string | ResourceNames is an optional white list of names that the rule applies to. An empty set means that everything is allowed. "*" means all.
authorization.v1.SelfSubjectAccessReview | SelfSubjectAccessReview checks whether or the current user can perform an action. Not filling in a spec.namespace means "in all namespaces". Self is a special case, because users should always be able to check whether they can perform an action
 1 metadata meta.v1.ObjectMeta | 
 2 spec! SelfSubjectAccessReviewSpec | Spec holds information about the request being evaluated. user and groups must be empty
 3 status SubjectAccessReviewStatus | Status is filled in by the server and indicates whether the request is allowed or not
authorization.v1.SelfSubjectAccessReviewSpec | SelfSubjectAccessReviewSpec is a description of the access request. Exactly one of ResourceAuthorizationAttributes and NonResourceAuthorizationAttributes must be set
 1 resourceAttributes* ResourceAttributes | ResourceAuthorizationAttributes describes information for a resource access request
 2 nonResourceAttributes* NonResourceAttributes | NonResourceAttributes describes information for a non-resource access request
authorization.v1.SelfSubjectRulesReview | SelfSubjectRulesReview enumerates the set of actions the current user can perform within a namespace. The returned list of actions may be incomplete depending on the server's authorization mode, and any errors experienced during the evaluation. SelfSubjectRulesReview should be used by UIs to show/hide actions, or to quickly let an end user reason about their permissions. It should NOT Be used by external systems to drive authorization decisions as this raises confused deputy, cache lifetime/revocation, and correctness concerns. SubjectAccessReview, and LocalAccessReview are the correct way to defer authorization decisions to the API server.
 1 metadata meta.v1.ObjectMeta | 
 2 spec! SelfSubjectRulesReviewSpec | Spec holds information about the request being evaluated.
 3 status SubjectRulesReviewStatus | Status is filled in by the server and indicates the set of actions a user can perform.
authorization.v1.SelfSubjectRulesReviewSpec | 
 1 namespace string | Namespace to evaluate rules for. Required.
authorization.v1.SubjectAccessReviewStatus | SubjectAccessReviewStatus
 1 allowed! bool | Allowed is required. True if the action would be allowed, false otherwise.
 4 denied bool | Denied is optional. True if the action would be denied, otherwise false. If both allowed is false and denied is false, then the authorizer has no opinion on whether to authorize the action. Denied may not be true if Allowed is true.
 2 reason string | Reason is optional. It indicates why a request was allowed or denied.
 3 evaluationError string | EvaluationError is an indication that some error occurred during the authorization check. It is entirely possible to get an error and be able to continue determine authorization status in spite of it. For instance, RBAC can be missing a role, but enough roles are still present and bound to reason about the request.
authorization.v1.SubjectRulesReviewStatus | SubjectRulesReviewStatus contains the result of a rules check. This check can be incomplete depending on the set of authorizers the server is configured with and any errors experienced during evaluation. Because authorization rules are additive, if a rule appears in a list it's safe to assume the subject has that permission, even if that list is incomplete.
 1 resourceRules! []ResourceRule | ResourceRules is the list of actions the subject is allowed to perform on resources. The list ordering isn't significant, may contain duplicates, and possibly be incomplete.
 2 nonResourceRules! []NonResourceRule | NonResourceRules is the list of actions the subject is allowed to perform on non-resources. The list ordering isn't significant, may contain duplicates, and possibly be incomplete.
 3 incomplete! bool | Incomplete is true when the rules returned by this call are incomplete. This is most commonly encountered when an authorizer, such as an external authorizer, doesn't support rules evaluation.
 4 evaluationError string | EvaluationError can appear in combination with Rules. It indicates an error occurred during rule evaluation, such as an authorizer that doesn't support rule evaluation, and that ResourceRules and/or NonResourceRules may be incomplete.
autoscaling.v1.CrossVersionObjectReference | CrossVersionObjectReference contains enough information to let you identify the referred resource.
 1 kind! string | Kind of the referent; More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
 2 name! string | Name of the referent; More info: http://kubernetes.io/docs/user-guide/identifiers#names
 3 apiVersion string | API version of the referent
autoscaling.v1.HorizontalPodAutoscaler | configuration of a horizontal pod autoscaler.
 1 metadata meta.v1.ObjectMeta | Standard object metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec HorizontalPodAutoscalerSpec | behaviour of autoscaler. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status.
 3 status HorizontalPodAutoscalerStatus | current information about the autoscaler.
autoscaling.v1.HorizontalPodAutoscalerSpec | specification of a horizontal pod autoscaler.
 1 scaleTargetRef! CrossVersionObjectReference | reference to scaled resource; horizontal pod autoscaler will learn the current resource consumption and will set the desired number of pods by using its Scale subresource.
 2 minReplicas* int32 | minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down. It defaults to 1 pod. minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured. Scaling is active as long as at least one metric value is available.
 3 maxReplicas! int32 | upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.
 4 targetCPUUtilizationPercentage* int32 | target average CPU utilization (represented as a percentage of requested CPU) over all the pods; if not specified the default autoscaling policy will be used.
autoscaling.v1.HorizontalPodAutoscalerStatus | current status of a horizontal pod autoscaler
 1 observedGeneration* int64 | most recent generation observed by this autoscaler.
 2 lastScaleTime* time | last time the HorizontalPodAutoscaler scaled the number of pods; used by the autoscaler to control how often the number of pods is changed.
 3 currentReplicas! int32 | current number of replicas of pods managed by this autoscaler.
 4 desiredReplicas! int32 | desired number of replicas of pods managed by this autoscaler.
 5 currentCPUUtilizationPercentage* int32 | current average CPU utilization over all pods, represented as a percentage of requested CPU, e.g. 70 means that an average pod is using now 70% of its requested CPU.
autoscaling.v1.Scale | Scale represents a scaling request for a resource.
 1 metadata meta.v1.ObjectMeta | Standard object metadata; More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata.
 2 spec ScaleSpec | defines the behavior of the scale. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status.
 3 status ScaleStatus | current status of the scale. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status. Read-only.
autoscaling.v1.ScaleSpec | ScaleSpec describes the attributes of a scale subresource.
 1 replicas int32 | desired number of instances for the scaled object.
autoscaling.v1.ScaleStatus | ScaleStatus represents the current status of a scale subresource.
 1 replicas! int32 | actual number of observed instances of the scaled object.
 2 selector string | label query over pods that should match the replicas count. This is same as the label selector but in the string format to avoid introspection by clients. The string will be in the same format as the query-param syntax. More info about label selectors: http://kubernetes.io/docs/user-guide/labels#label-selectors
autoscaling.v2.ContainerResourceMetricSource | ContainerResourceMetricSource indicates how to scale on a resource metric known to Kubernetes, as specified in requests and limits, describing each pod in the current scale target (e.g. CPU or memory). The values will be averaged together before being compared to the target. Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source. Only one "target" type should be set.
 1 name! string | name is the name of the resource in question.
 2 target! MetricTarget | target specifies the target value for the given metric
 3 container! string | container is the name of the container in the pods of the scaling target
autoscaling.v2.ContainerResourceMetricStatus | ContainerResourceMetricStatus indicates the current value of a resource metric known to Kubernetes, as specified in requests and limits, describing a single container in each pod in the current scale target (e.g. CPU or memory). Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source.
 1 name! string | Name is the name of the resource in question.
 2 current! MetricValueStatus | current contains the current value for the given metric
 3 container! string | Container is the name of the container in the pods of the scaling target
autoscaling.v2.CrossVersionObjectReference | CrossVersionObjectReference contains enough information to let you identify the referred resource.
 1 kind! string | Kind of the referent; More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
 2 name! string | Name of the referent; More info: http://kubernetes.io/docs/user-guide/identifiers#names
 3 apiVersion string | API version of the referent
autoscaling.v2.ExternalMetricSource | ExternalMetricSource indicates how to scale on a metric not associated with any Kubernetes object (for example length of queue in cloud messaging service, or QPS from loadbalancer running outside of cluster).
 1 metric! MetricIdentifier | metric identifies the target metric by name and selector
 2 target! MetricTarget | target specifies the target value for the given metric
autoscaling.v2.ExternalMetricStatus | ExternalMetricStatus indicates the current value of a global metric not associated with any Kubernetes object.
 1 metric! MetricIdentifier | metric identifies the target metric by name and selector
 2 current! MetricValueStatus | current contains the current value for the given metric
autoscaling.v2.HPAScalingPolicy | HPAScalingPolicy is a single policy which must hold true for a specified past interval.
 1 type! string | Type is used to specify the scaling policy.
 2 value! int32 | Value contains the amount of change which is permitted by the policy. It must be greater than zero
 3 periodSeconds! int32 | PeriodSeconds specifies the window of time for which the policy should hold true. PeriodSeconds must be greater than zero and less than or equal to 1800 (30 min).
autoscaling.v2.HPAScalingRules | HPAScalingRules configures the scaling behavior for one direction. These Rules are applied after calculating DesiredReplicas from metrics for the HPA. They can limit the scaling velocity by specifying scaling policies. They can prevent flapping by specifying the stabilization window, so that the number of replicas is not set instantly, instead, the safest value from the stabilization window is chosen.
 3 stabilizationWindowSeconds* int32 | StabilizationWindowSeconds is the number of seconds for which past recommendations should be considered while scaling up or scaling down. StabilizationWindowSeconds must be greater than or equal to zero and less than or equal to 3600 (one hour). If not set, use the default values: - For scale up: 0 (i.e. no stabilization is done). - For scale down: 300 (i.e. the stabilization window is 300 seconds long).
 1 selectPolicy* string | selectPolicy is used to specify which policy should be used. If not set, the default value MaxPolicySelect is used.
 2 policies []HPAScalingPolicy | policies is a list of potential scaling polices which can be used during scaling. At least one policy must be specified, otherwise the HPAScalingRules will be discarded as invalid
autoscaling.v2.HorizontalPodAutoscaler | HorizontalPodAutoscaler is the configuration for a horizontal pod autoscaler, which automatically manages the replica count of any resource implementing the scale subresource based on the metrics specified.
 1 metadata meta.v1.ObjectMeta | metadata is the standard object metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec HorizontalPodAutoscalerSpec | spec is the specification for the behaviour of the autoscaler. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status.
 3 status HorizontalPodAutoscalerStatus | status is the current information about the autoscaler.
autoscaling.v2.HorizontalPodAutoscalerBehavior | HorizontalPodAutoscalerBehavior configures the scaling behavior of the target in both Up and Down directions (scaleUp and scaleDown fields respectively).
 1 scaleUp* HPAScalingRules | scaleUp is scaling policy for scaling Up. If not set, the default value is the higher of: * increase no more than 4 pods per 60 seconds * double the number of pods per 60 seconds No stabilization is used.
 2 scaleDown* HPAScalingRules | scaleDown is scaling policy for scaling Down. If not set, the default value is to allow to scale down to minReplicas pods, with a 300 second stabilization window (i.e., the highest recommendation for the last 300sec is used).
autoscaling.v2.HorizontalPodAutoscalerCondition | HorizontalPodAutoscalerCondition describes the state of a HorizontalPodAutoscaler at a certain point.
 1 type! string | type describes the current condition
 2 status! string | status is the status of the condition (True, False, Unknown)
 3 lastTransitionTime time | lastTransitionTime is the last time the condition transitioned from one status to another
 4 reason string | reason is the reason for the condition's last transition.
 5 message string | message is a human-readable explanation containing details about the transition
autoscaling.v2.HorizontalPodAutoscalerSpec | HorizontalPodAutoscalerSpec describes the desired functionality of the HorizontalPodAutoscaler.
 1 scaleTargetRef! CrossVersionObjectReference | scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.
 2 minReplicas* int32 | minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down. It defaults to 1 pod. minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured. Scaling is active as long as at least one metric value is available.
 3 maxReplicas! int32 | maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.
 4 metrics []MetricSpec | metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used). The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods. Ergo, metrics used must decrease as the pod count is increased, and vice-versa. See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.
 5 behavior* HorizontalPodAutoscalerBehavior | behavior configures the scaling behavior of the target in both Up and Down directions (scaleUp and scaleDown fields respectively). If not set, the default HPAScalingRules for scale up and scale down are used.
autoscaling.v2.HorizontalPodAutoscalerStatus | HorizontalPodAutoscalerStatus describes the current status of a horizontal pod autoscaler.
 1 observedGeneration* int64 | observedGeneration is the most recent generation observed by this autoscaler.
 2 lastScaleTime* time | lastScaleTime is the last time the HorizontalPodAutoscaler scaled the number of pods, used by the autoscaler to control how often the number of pods is changed.
 3 currentReplicas! int32 | currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.
 4 desiredReplicas! int32 | desiredReplicas is the desired number of replicas of pods managed by this autoscaler, as last calculated by the autoscaler.
 5 currentMetrics []MetricStatus | currentMetrics is the last read state of the metrics used by this autoscaler.
 6 conditions! []HorizontalPodAutoscalerCondition | conditions is the set of conditions required for this autoscaler to scale its target, and indicates whether or not those conditions are met.
autoscaling.v2.MetricIdentifier | MetricIdentifier defines the name and optionally selector for a metric
 1 name! string | name is the name of the given metric
 2 selector* meta.v1.LabelSelector | selector is the string-encoded form of a standard kubernetes label selector for the given metric When set, it is passed as an additional parameter to the metrics server for more specific metrics scoping. When unset, just the metricName will be used to gather metrics.
autoscaling.v2.MetricSpec | MetricSpec specifies how to scale based on a single metric (only 'type' and one other matching field should be set at once).
 1 type! string | type is the type of metric source. It should be one of "ContainerResource", "External", "Object", "Pods" or "Resource", each mapping to a matching field in the object. Note: "ContainerResource" type is available on when the feature-gate HPAContainerMetrics is enabled
 2 object* ObjectMetricSource | object refers to a metric describing a single kubernetes object (for example, hits-per-second on an Ingress object).
 3 pods* PodsMetricSource | pods refers to a metric describing each pod in the current scale target (for example, transactions-processed-per-second). The values will be averaged together before being compared to the target value.
 4 resource* ResourceMetricSource | resource refers to a resource metric (such as those specified in requests and limits) known to Kubernetes describing each pod in the current scale target (e.g. CPU or memory). Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source.
 7 containerResource* ContainerResourceMetricSource | container resource refers to a resource metric (such as those specified in requests and limits) known to Kubernetes describing a single container in each pod of the current scale target (e.g. CPU or memory). Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source. This is an alpha feature and can be enabled by the HPAContainerMetrics feature flag.
 5 external* ExternalMetricSource | external refers to a global metric that is not associated with any Kubernetes object. It allows autoscaling based on information coming from components running outside of cluster (for example length of queue in cloud messaging service, or QPS from loadbalancer running outside of cluster).
autoscaling.v2.MetricStatus | MetricStatus describes the last-read state of a single metric.
 1 type! string | type is the type of metric source. It will be one of "ContainerResource", "External", "Object", "Pods" or "Resource", each corresponds to a matching field in the object. Note: "ContainerResource" type is available on when the feature-gate HPAContainerMetrics is enabled
 2 object* ObjectMetricStatus | object refers to a metric describing a single kubernetes object (for example, hits-per-second on an Ingress object).
 3 pods* PodsMetricStatus | pods refers to a metric describing each pod in the current scale target (for example, transactions-processed-per-second). The values will be averaged together before being compared to the target value.
 4 resource* ResourceMetricStatus | resource refers to a resource metric (such as those specified in requests and limits) known to Kubernetes describing each pod in the current scale target (e.g. CPU or memory). Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source.
 7 containerResource* ContainerResourceMetricStatus | container resource refers to a resource metric (such as those specified in requests and limits) known to Kubernetes describing a single container in each pod in the current scale target (e.g. CPU or memory). Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source.
 5 external* ExternalMetricStatus | external refers to a global metric that is not associated with any Kubernetes object. It allows autoscaling based on information coming from components running outside of cluster (for example length of queue in cloud messaging service, or QPS from loadbalancer running outside of cluster).
autoscaling.v2.MetricTarget | MetricTarget defines the target value, average value, or average utilization of a specific metric
 1 type! string | type represents whether the metric type is Utilization, Value, or AverageValue
 2 value* quantity | value is the target value of the metric (as a quantity).
 3 averageValue* quantity | averageValue is the target value of the average of the metric across all relevant pods (as a quantity)
 4 averageUtilization* int32 | averageUtilization is the target value of the average of the resource metric across all relevant pods, represented as a percentage of the requested value of the resource for the pods. Currently only valid for Resource metric source type
autoscaling.v2.MetricValueStatus | MetricValueStatus holds the current value for a metric
 1 value* quantity | value is the current value of the metric (as a quantity).
 2 averageValue* quantity | averageValue is the current value of the average of the metric across all relevant pods (as a quantity)
 3 averageUtilization* int32 | currentAverageUtilization is the current value of the average of the resource metric across all relevant pods, represented as a percentage of the requested value of the resource for the pods.
autoscaling.v2.ObjectMetricSource | ObjectMetricSource indicates how to scale on a metric describing a kubernetes object (for example, hits-per-second on an Ingress object).
 1 describedObject! CrossVersionObjectReference | 
 2 target! MetricTarget | target specifies the target value for the given metric
 3 metric! MetricIdentifier | metric identifies the target metric by name and selector
autoscaling.v2.ObjectMetricStatus | ObjectMetricStatus indicates the current value of a metric describing a kubernetes object (for example, hits-per-second on an Ingress object).
 1 metric! MetricIdentifier | metric identifies the target metric by name and selector
 2 current! MetricValueStatus | current contains the current value for the given metric
 3 describedObject! CrossVersionObjectReference | 
autoscaling.v2.PodsMetricSource | PodsMetricSource indicates how to scale on a metric describing each pod in the current scale target (for example, transactions-processed-per-second). The values will be averaged together before being compared to the target value.
 1 metric! MetricIdentifier | metric identifies the target metric by name and selector
 2 target! MetricTarget | target specifies the target value for the given metric
autoscaling.v2.PodsMetricStatus | PodsMetricStatus indicates the current value of a metric describing each pod in the current scale target (for example, transactions-processed-per-second).
 1 metric! MetricIdentifier | metric identifies the target metric by name and selector
 2 current! MetricValueStatus | current contains the current value for the given metric
autoscaling.v2.ResourceMetricSource | ResourceMetricSource indicates how to scale on a resource metric known to Kubernetes, as specified in requests and limits, describing each pod in the current scale target (e.g. CPU or memory). The values will be averaged together before being compared to the target. Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source. Only one "target" type should be set.
 1 name! string | name is the name of the resource in question.
 2 target! MetricTarget | target specifies the target value for the given metric
autoscaling.v2.ResourceMetricStatus | ResourceMetricStatus indicates the current value of a resource metric known to Kubernetes, as specified in requests and limits, describing each pod in the current scale target (e.g. CPU or memory). Such metrics are built in to Kubernetes, and have special scaling options on top of those available to normal per-pod metrics using the "pods" source.
 1 name! string | Name is the name of the resource in question.
 2 current! MetricValueStatus | current contains the current value for the given metric
core.v1.AWSElasticBlockStoreVolumeSource | Represents a Persistent Disk resource in AWS. An AWS EBS disk must exist before mounting to a container. The disk must also be in the same AWS zone as the kubelet. An AWS EBS disk can only be mounted as read/write once. AWS EBS volumes support ownership management and SELinux relabeling.
 1 volumeID! string | Unique ID of the persistent disk resource in AWS (Amazon EBS volume). More info: https://kubernetes.io/docs/concepts/storage/volumes#awselasticblockstore
 2 fsType string | Filesystem type of the volume that you want to mount. Tip: Ensure that the filesystem type is supported by the host operating system. Examples: "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified. More info: https://kubernetes.io/docs/concepts/storage/volumes#awselasticblockstore
 3 partition int32 | The partition in the volume that you want to mount. If omitted, the default is to mount by volume name. Examples: For volume /dev/sda1, you specify the partition as "1". Similarly, the volume partition for /dev/sda is "0" (or you can leave the property empty).
 4 readOnly bool | Specify "true" to force and set the ReadOnly property in VolumeMounts to "true". If omitted, the default is "false". More info: https://kubernetes.io/docs/concepts/storage/volumes#awselasticblockstore
core.v1.Affinity | Affinity is a group of affinity scheduling rules.
 1 nodeAffinity* NodeAffinity | Describes node affinity scheduling rules for the pod.
 2 podAffinity* PodAffinity | Describes pod affinity scheduling rules (e.g. co-locate this pod in the same node, zone, etc. as some other pod(s)).
 3 podAntiAffinity* PodAntiAffinity | Describes pod anti-affinity scheduling rules (e.g. avoid putting this pod in the same node, zone, etc. as some other pod(s)).
core.v1.AttachedVolume | AttachedVolume describes a volume attached to a node
 1 name! string | Name of the attached volume
 2 devicePath! string | DevicePath represents the device path where the volume should be available
core.v1.AzureDiskVolumeSource | AzureDisk represents an Azure Data Disk mount on the host and bind mount to the pod.
 1 diskName! string | The Name of the data disk in the blob storage
 2 diskURI! string | The URI the data disk in the blob storage
 3 cachingMode* string | Host Caching mode: None, Read Only, Read Write.
 4 fsType* string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified.
 5 readOnly* bool | Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
 6 kind* string | Expected values Shared: multiple blob disks per storage account Dedicated: single blob disk per storage account Managed: azure managed data disk (only in managed availability set). defaults to shared
core.v1.AzureFileVolumeSource | AzureFile represents an Azure File Service mount on the host and bind mount to the pod.
 1 secretName! string | the name of secret that contains Azure Storage Account Name and Key
 2 shareName! string | Share Name
 3 readOnly bool | Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
core.v1.CSIVolumeSource | Represents a source location of a volume to mount, managed by an external CSI driver
 1 driver! string | Driver is the name of the CSI driver that handles this volume. Consult with your admin for the correct name as registered in the cluster.
 2 readOnly* bool | Specifies a read-only configuration for the volume. Defaults to false (read/write).
 3 fsType* string | Filesystem type to mount. Ex. "ext4", "xfs", "ntfs". If not provided, the empty value is passed to the associated CSI driver which will determine the default filesystem to apply.
 4 volumeAttributes map:string | VolumeAttributes stores driver-specific properties that are passed to the CSI driver. Consult your driver's documentation for supported values.
 5 nodePublishSecretRef* LocalObjectReference | NodePublishSecretRef is a reference to the secret object containing sensitive information to pass to the CSI driver to complete the CSI NodePublishVolume and NodeUnpublishVolume calls. This field is optional, and may be empty if no secret is required. If the secret object contains more than one secret, all secret references are passed.
core.v1.Capabilities | Adds and removes POSIX capabilities from running containers.
 1 add []string | Added capabilities
 2 drop []string | Removed capabilities
core.v1.CephFSVolumeSource | Represents a Ceph Filesystem mount that lasts the lifetime of a pod Cephfs volumes do not support ownership management or SELinux relabeling.
 1 monitors! []string | Required: Monitors is a collection of Ceph monitors More info: https://examples.k8s.io/volumes/cephfs/README.md#how-to-use-it
 2 path string | Optional: Used as the mounted root, rather than the full Ceph tree, default is /
 3 user string | Optional: User is the rados user name, default is admin More info: https://examples.k8s.io/volumes/cephfs/README.md#how-to-use-it
 4 secretFile string | Optional: SecretFile is the path to key ring for User, default is /etc/ceph/user.secret More info: https://examples.k8s.io/volumes/cephfs/README.md#how-to-use-it
 5 secretRef* LocalObjectReference | Optional: SecretRef is reference to the authentication secret for User, default is empty. More info: https://examples.k8s.io/volumes/cephfs/README.md#how-to-use-it
 6 readOnly bool | Optional: Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts. More info: https://examples.k8s.io/volumes/cephfs/README.md#how-to-use-it
core.v1.CinderVolumeSource | Represents a cinder volume resource in Openstack. A Cinder volume must exist before mounting to a container. The volume must also be in the same region as the kubelet. Cinder volumes support ownership management and SELinux relabeling.
 1 volumeID! string | volume id used to identify the volume in cinder. More info: https://examples.k8s.io/mysql-cinder-pd/README.md
 2 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Examples: "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified. More info: https://examples.k8s.io/mysql-cinder-pd/README.md
 3 readOnly bool | Optional: Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts. More info: https://examples.k8s.io/mysql-cinder-pd/README.md
 4 secretRef* LocalObjectReference | Optional: points to a secret object containing parameters used to connect to OpenStack.
core.v1.ClientIPConfig | ClientIPConfig represents the configurations of Client IP based session affinity.
 1 timeoutSeconds* int32 | timeoutSeconds specifies the seconds of ClientIP type session sticky time. The value must be >0 && <=86400(for 1 day) if ServiceAffinity == "ClientIP". Default value is 10800(for 3 hours).
core.v1.ConfigMap | ConfigMap holds configuration data for pods to consume.
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 4 immutable* bool | Immutable, if set to true, ensures that data stored in the ConfigMap cannot be updated (only object metadata can be modified). If not set to true, the field can be modified at any time. Defaulted to nil. This is a beta field enabled by ImmutableEphemeralVolumes feature gate.
 2 data map:string | Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.
 3 binaryData map:bytes | BinaryData contains the binary data. Each key must consist of alphanumeric characters, '-', '_' or '.'. BinaryData can contain byte sequences that are not in the UTF-8 range. The keys stored in BinaryData must not overlap with the ones in the Data field, this is enforced during validation process. Using this field will require 1.10+ apiserver and kubelet.
core.v1.ConfigMapEnvSource | ConfigMapEnvSource selects a ConfigMap to populate the environment variables with. The contents of the target ConfigMap's Data field will represent the key-value pairs as environment variables.
 1 localObjectReference& LocalObjectReference | The ConfigMap to select from.
 2 optional* bool | Specify whether the ConfigMap must be defined
core.v1.ConfigMapKeySelector | Selects a key from a ConfigMap.
 1 localObjectReference& LocalObjectReference | The ConfigMap to select from.
 2 key! string | The key to select.
 3 optional* bool | Specify whether the ConfigMap or its key must be defined
core.v1.ConfigMapNodeConfigSource | ConfigMapNodeConfigSource contains the information to reference a ConfigMap as a config source for the Node.
 1 namespace! string | Namespace is the metadata.namespace of the referenced ConfigMap. This field is required in all cases.
 2 name! string | Name is the metadata.name of the referenced ConfigMap. This field is required in all cases.
 3 uid string | UID is the metadata.UID of the referenced ConfigMap. This field is forbidden in Node.Spec, and required in Node.Status.
 4 resourceVersion string | ResourceVersion is the metadata.ResourceVersion of the referenced ConfigMap. This field is forbidden in Node.Spec, and required in Node.Status.
 5 kubeletConfigKey! string | KubeletConfigKey declares which key of the referenced ConfigMap corresponds to the KubeletConfiguration structure This field is required in all cases.
core.v1.ConfigMapProjection | Adapts a ConfigMap into a projected volume. The contents of the target ConfigMap's Data field will be presented in a projected volume as files using the keys in the Data field as the file names, unless the items element is populated with specific mappings of keys to paths. Note that this is identical to a configmap volume source without the default mode.
 1 localObjectReference& LocalObjectReference | 
 2 items []KeyToPath | If unspecified, each key-value pair in the Data field of the referenced ConfigMap will be projected into the volume as a file whose name is the key and content is the value. If specified, the listed keys will be projected into the specified paths, and unlisted keys will not be present. If a key is specified which is not present in the ConfigMap, the volume setup will error unless it is marked optional. Paths must be relative and may not contain the '..' path or start with '..'.
 4 optional* bool | Specify whether the ConfigMap or its keys must be defined
core.v1.ConfigMapVolumeSource | Adapts a ConfigMap into a volume. The contents of the target ConfigMap's Data field will be presented in a volume as files using the keys in the Data field as the file names, unless the items element is populated with specific mappings of keys to paths. ConfigMap volumes support ownership management and SELinux relabeling.
 1 localObjectReference& LocalObjectReference | 
 2 items []KeyToPath | If unspecified, each key-value pair in the Data field of the referenced ConfigMap will be projected into the volume as a file whose name is the key and content is the value. If specified, the listed keys will be projected into the specified paths, and unlisted keys will not be present. If a key is specified which is not present in the ConfigMap, the volume setup will error unless it is marked optional. Paths must be relative and may not contain the '..' path or start with '..'.
 3 defaultMode* int32 | Optional: mode bits used to set permissions on created files by default. Must be an octal value between 0000 and 0777 or a decimal value between 0 and 511. YAML accepts both octal and decimal values, JSON requires decimal values for mode bits. Defaults to 0644. Directories within the path are not affected by this setting. This might be in conflict with other options that affect the file mode, like fsGroup, and the result can be other mode bits set.
 4 optional* bool | Specify whether the ConfigMap or its keys must be defined
core.v1.Container | A single application container that you want to run within a pod.
 1 name! string | Name of the container specified as a DNS_LABEL. Each container in a pod must have a unique name (DNS_LABEL). Cannot be updated.
 2 image string | Docker image name. More info: https://kubernetes.io/docs/concepts/containers/images This field is optional to allow higher level config management to default or override container images in workload controllers like Deployments and StatefulSets.
 3 command []string | Entrypoint array. Not executed within a shell. The docker image's ENTRYPOINT is used if this is not provided. Variable references $(VAR_NAME) are expanded using the container's environment. If a variable cannot be resolved, the reference in the input string will be unchanged. The $(VAR_NAME) syntax can be escaped with a double $$, ie: $$(VAR_NAME). Escaped references will never be expanded, regardless of whether the variable exists or not. Cannot be updated. More info: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#running-a-command-in-a-shell
 4 args []string | Arguments to the entrypoint. The docker image's CMD is used if this is not provided. Variable references $(VAR_NAME) are expanded using the container's environment. If a variable cannot be resolved, the reference in the input string will be unchanged. The $(VAR_NAME) syntax can be escaped with a double $$, ie: $$(VAR_NAME). Escaped references will never be expanded, regardless of whether the variable exists or not. Cannot be updated. More info: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#running-a-command-in-a-shell
 5 workingDir string | Container's working directory. If not specified, the container runtime's default will be used, which might be configured in the container image. Cannot be updated.
 6 ports []ContainerPort patch=merge key=containerPort list=map keys=containerPort,protocol | List of ports to expose from the container. Exposing a port here gives the system additional information about the network connections a container uses, but is primarily informational. Not specifying a port here DOES NOT prevent that port from being exposed. Any port which is listening on the default "0.0.0.0" address inside a container will be accessible from the network. Cannot be updated.
 19 envFrom []EnvFromSource | List of sources to populate environment variables in the container. The keys defined within a source must be a C_IDENTIFIER. All invalid keys will be reported as an event when the container is starting. When a key exists in multiple sources, the value associated with the last source will take precedence. Values defined by an Env with a duplicate key will take precedence. Cannot be updated.
 7 env []EnvVar patch=merge key=name | List of environment variables to set in the container. Cannot be updated.
 8 resources ResourceRequirements | Compute Resources required by this container. Cannot be updated. More info: https://kubernetes.io/docs/concepts/configuration/manage-compute-resources-container/
 9 volumeMounts []VolumeMount patch=merge key=mountPath | Pod volumes to mount into the container's filesystem. Cannot be updated.
 21 volumeDevices []VolumeDevice patch=merge key=devicePath | volumeDevices is the list of block devices to be used by the container.
 10 livenessProbe* Probe | Periodic probe of container liveness. Container will be restarted if the probe fails. Cannot be updated. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#container-probes
 11 readinessProbe* Probe | Periodic probe of container service readiness. Container will be removed from service endpoints if the probe fails. Cannot be updated. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#container-probes
 22 startupProbe* Probe | StartupProbe indicates that the Pod has successfully initialized. If specified, no other probes are executed until this completes successfully. If this probe fails, the Pod will be restarted, just as if the livenessProbe failed. This can be used to provide different probe parameters at the beginning of a Pod's lifecycle, when it might take a long time to load data or warm a cache, than during steady-state operation. This cannot be updated. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#container-probes
 12 lifecycle* Lifecycle | Actions that the management system should take in response to container lifecycle events. Cannot be updated.
 13 terminationMessagePath string | Optional: Path at which the file to which the container's termination message will be written is mounted into the container's filesystem. Message written is intended to be brief final status, such as an assertion failure message. Will be truncated by the node if greater than 4096 bytes. The total message length across all containers will be limited to 12kb. Defaults to /dev/termination-log. Cannot be updated.
 20 terminationMessagePolicy string | Indicate how the termination message should be populated. File will use the contents of terminationMessagePath to populate the container status message on both success and failure. FallbackToLogsOnError will use the last chunk of container log output if the termination message file is empty and the container exited with an error. The log output is limited to 2048 bytes or 80 lines, whichever is smaller. Defaults to File. Cannot be updated.
 14 imagePullPolicy string | Image pull policy. One of Always, Never, IfNotPresent. Defaults to Always if :latest tag is specified, or IfNotPresent otherwise. Cannot be updated. More info: https://kubernetes.io/docs/concepts/containers/images#updating-images
 15 securityContext* SecurityContext | Security options the pod should run with. More info: https://kubernetes.io/docs/concepts/policy/security-context/ More info: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 16 stdin bool | Whether this container should allocate a buffer for stdin in the container runtime. If this is not set, reads from stdin in the container will always result in EOF. Default is false.
 17 stdinOnce bool | Whether the container runtime should close the stdin channel after it has been opened by a single attach. When stdin is true the stdin stream will remain open across multiple attach sessions. If stdinOnce is set to true, stdin is opened on container start, is empty until the first client attaches to stdin, and then remains open and accepts data until the client disconnects, at which time stdin is closed and remains closed until the container is restarted. If this flag is false, a container processes that reads from stdin will never receive an EOF. Default is false
 18 tty bool | Whether this container should allocate a TTY for itself, also requires 'stdin' to be true. Default is false.
core.v1.ContainerImage | Describe a container image
 1 names! []string | Names by which this image is known. e.g. ["k8s.gcr.io/hyperkube:v1.0.7", "dockerhub.io/google_containers/hyperkube:v1.0.7"]
 2 sizeBytes int64 | The size of the image in bytes.
core.v1.ContainerPort | ContainerPort represents a network port in a single container.
 1 name string | If specified, this must be an IANA_SVC_NAME and unique within the pod. Each named port in a pod must have a unique name. Name for the port that can be referred to by services.
 2 hostPort int32 | Number of port to expose on the host. If specified, this must be a valid port number, 0 < x < 65536. If HostNetwork is specified, this must match ContainerPort. Most containers do not need this.
 3 containerPort! int32 | Number of port to expose on the pod's IP address. This must be a valid port number, 0 < x < 65536.
 4 protocol string | Protocol for port. Must be UDP, TCP, or SCTP. Defaults to "TCP".
 5 hostIP string | What host IP to bind the external port to.
core.v1.ContainerState | ContainerState holds a possible state of container. Only one of its members may be specified. If none of them is specified, the default one is ContainerStateWaiting.
 1 waiting* ContainerStateWaiting | Details about a waiting container
 2 running* ContainerStateRunning | Details about a running container
 3 terminated* ContainerStateTerminated | Details about a terminated container
core.v1.ContainerStateRunning | ContainerStateRunning is a running state of a container.
 1 startedAt time | Time at which the container was last (re-)started
core.v1.ContainerStateTerminated | ContainerStateTerminated is a terminated state of a container.
 1 exitCode! int32 | Exit status from the last termination of the container
 2 signal int32 | Signal from the last termination of the container
 3 reason string | (brief) reason from the last termination of the container
 4 message string | Message regarding the last termination of the container
 5 startedAt time | Time at which previous execution of the container started
 6 finishedAt time | Time at which the container last terminated
 7 containerID string | Container's ID in the format 'docker://<container_id>'
core.v1.ContainerStateWaiting | ContainerStateWaiting is a waiting state of a container.
 1 reason string | (brief) reason the container is not yet running.
 2 message string | Message regarding why the container is not yet running.
core.v1.ContainerStatus | ContainerStatus contains details for the current status of this container.
 1 name! string | This must be a DNS_LABEL. Each container in a pod must have a unique name. Cannot be updated.
 2 state ContainerState | Details about the container's current condition.
 3 lastState ContainerState | Details about the container's last termination condition.
 4 ready! bool | Specifies whether the container has passed its readiness probe.
 5 restartCount! int32 | The number of times the container has been restarted, currently based on the number of dead containers that have not yet been removed. Note that this is calculated from dead containers. But those containers are subject to garbage collection. This value will get capped at 5 by GC.
 6 image! string | The image the container is running. More info: https://kubernetes.io/docs/concepts/containers/images
 7 imageID! string | ImageID of the container's image.
 8 containerID string | Container's ID in the format 'docker://<container_id>'.
 9 started* bool | Specifies whether the container has passed its startup probe. Initialized as false, becomes true after startupProbe is considered successful. Resets to false when the container is restarted, or if kubelet loses state temporarily. Is always true when no startupProbe is defined.
core.v1.DaemonEndpoint | DaemonEndpoint contains information about a single Daemon endpoint.
 1 Port! int32 | Port number of the given endpoint.
core.v1.DownwardAPIProjection | Represents downward API info for projecting into a projected volume. Note that this is identical to a downwardAPI volume source without the default mode.
 1 items []DownwardAPIVolumeFile | Items is a list of DownwardAPIVolume file
core.v1.DownwardAPIVolumeFile | DownwardAPIVolumeFile represents information to create the file containing the pod field
 1 path! string | Required: Path is the relative path name of the file to be created. Must not be absolute or contain the '..' path. Must be utf-8 encoded. The first item of the relative path must not start with '..'
 2 fieldRef* ObjectFieldSelector | Required: Selects a field of the pod: only annotations, labels, name and namespace are supported.
 3 resourceFieldRef* ResourceFieldSelector | Selects a resource of the container: only resources limits and requests (limits.cpu, limits.memory, requests.cpu and requests.memory) are currently supported.
 4 mode* int32 | Optional: mode bits used to set permissions on this file, must be an octal value between 0000 and 0777 or a decimal value between 0 and 511. YAML accepts both octal and decimal values, JSON requires decimal values for mode bits. If not specified, the volume defaultMode will be used. This might be in conflict with other options that affect the file mode, like fsGroup, and the result can be other mode bits set.
core.v1.DownwardAPIVolumeSource | DownwardAPIVolumeSource represents a volume containing downward API info. Downward API volumes support ownership management and SELinux relabeling.
 1 items []DownwardAPIVolumeFile | Items is a list of downward API volume file
 2 defaultMode* int32 | Optional: mode bits to use on created files by default. Must be a Optional: mode bits used to set permissions on created files by default. Must be an octal value between 0000 and 0777 or a decimal value between 0 and 511. YAML accepts both octal and decimal values, JSON requires decimal values for mode bits. Defaults to 0644. Directories within the path are not affected by this setting. This might be in conflict with other options that affect the file mode, like fsGroup, and the result can be other mode bits set.
core.v1.EmptyDirVolumeSource | Represents an empty directory for a pod. Empty directory volumes support ownership management and SELinux relabeling.
 1 medium string | What type of storage medium should back this directory. The default is "" which means to use the node's default medium. Must be an empty string (default) or Memory. More info: https://kubernetes.io/docs/concepts/storage/volumes#emptydir
 2 sizeLimit* quantity | Total amount of local storage required for this EmptyDir volume. The size limit is also applicable for memory medium. The maximum usage on memory medium EmptyDir would be the minimum value between the SizeLimit specified here and the sum of memory limits of all containers in a pod. The default is nil which means that the limit is undefined. More info: http://kubernetes.io/docs/user-guide/volumes#emptydir
core.v1.EndpointAddress | EndpointAddress is a tuple that describes single IP address.
 1 ip! string | The IP of this endpoint. May not be loopback (127.0.0.0/8), link-local (169.254.0.0/16), or link-local multicast ((224.0.0.0/24). IPv6 is also accepted but not fully supported on all platforms. Also, certain kubernetes components, like kube-proxy, are not IPv6 ready.
 3 hostname string | The Hostname of this endpoint
 4 nodeName* string | Optional: Node hosting this endpoint. This can be used to determine endpoints local to a node.
 2 targetRef* ObjectReference | Reference to object providing the endpoint.
core.v1.EndpointPort | EndpointPort is a tuple that describes a single port.
 1 name string | The name of this port. This must match the 'name' field in the corresponding ServicePort. Must be a DNS_LABEL. Optional only if one port is defined.
 2 port! int32 | The port number of the endpoint.
 3 protocol string | The IP protocol for this port. Must be UDP, TCP, or SCTP. Default is TCP.
 4 appProtocol* string | The application protocol for this port. This field follows standard Kubernetes label syntax. Un-prefixed names are reserved for IANA standard service names (as per RFC-6335 and http://www.iana.org/assignments/service-names). Non-standard protocols should use prefixed names such as mycompany.com/my-custom-protocol. This is a beta field that is guarded by the ServiceAppProtocol feature gate and enabled by default.
core.v1.EndpointSubset | EndpointSubset is a group of addresses with a common set of ports. The expanded set of endpoints is the Cartesian product of Addresses x Ports. For example, given: { Addresses: [{"ip": "10.10.1.1"}, {"ip": "10.10.2.2"}], Ports: [{"name": "a", "port": 8675}, {"name": "b", "port": 309}] } The resulting set of endpoints can be viewed as: a: [ 10.10.1.1:8675, 10.10.2.2:8675 ], b: [ 10.10.1.1:309, 10.10.2.2:309 ]
 1 addresses []EndpointAddress | IP addresses which offer the related ports that are marked as ready. These endpoints should be considered safe for load balancers and clients to utilize.
 2 notReadyAddresses []EndpointAddress | IP addresses which offer the related ports but are not currently marked as ready because they have not yet finished starting, have recently failed a readiness check, or have recently failed a liveness check.
 3 ports []EndpointPort | Port numbers available on the related IP addresses.
core.v1.Endpoints | Endpoints is a collection of endpoints that implement the actual service. Example: Name: "mysvc", Subsets: [ { Addresses: [{"ip": "10.10.1.1"}, {"ip": "10.10.2.2"}], Ports: [{"name": "a", "port": 8675}, {"name": "b", "port": 309}] }, { Addresses: [{"ip": "10.10.3.3"}], Ports: [{"name": "a", "port": 93}, {"name": "b", "port": 76}] }, ]
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 subsets []EndpointSubset | The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.
core.v1.EnvFromSource | EnvFromSource represents the source of a set of ConfigMaps
 1 prefix string | An optional identifier to prepend to each key in the ConfigMap. Must be a C_IDENTIFIER.
 2 configMapRef* ConfigMapEnvSource | The ConfigMap to select from
 3 secretRef* SecretEnvSource | The Secret to select from
core.v1.EnvVar | EnvVar represents an environment variable present in a Container.
 1 name! string | Name of the environment variable. Must be a C_IDENTIFIER.
 2 value string | Variable references $(VAR_NAME) are expanded using the previous defined environment variables in the container and any service environment variables. If a variable cannot be resolved, the reference in the input string will be unchanged. The $(VAR_NAME) syntax can be escaped with a double $$, ie: $$(VAR_NAME). Escaped references will never be expanded, regardless of whether the variable exists or not. Defaults to "".
 3 valueFrom* EnvVarSource | Source for the environment variable's value. Cannot be used if value is not empty.
core.v1.EnvVarSource | EnvVarSource represents a source for the value of an EnvVar.
 1 fieldRef* ObjectFieldSelector | Selects a field of the pod: supports metadata.name, metadata.namespace, 'metadata.labels['<KEY>']', 'metadata.annotations['<KEY>']', spec.nodeName, spec.serviceAccountName, status.hostIP, status.podIP, status.podIPs.
 2 resourceFieldRef* ResourceFieldSelector | Selects a resource of the container: only resources limits and requests (limits.cpu, limits.memory, limits.ephemeral-storage, requests.cpu, requests.memory and requests.ephemeral-storage) are currently supported.
 3 configMapKeyRef* ConfigMapKeySelector | Selects a key of a ConfigMap.
 4 secretKeyRef* SecretKeySelector | Selects a key of a secret in the pod's namespace
core.v1.EphemeralContainer | An EphemeralContainer is a container that may be added temporarily to an existing pod for user-initiated activities such as debugging. Ephemeral containers have no resource or scheduling guarantees, and they will not be restarted when they exit or when a pod is removed or restarted. If an ephemeral container causes a pod to exceed its resource allocation, the pod may be evicted. Ephemeral containers may not be added by directly updating the pod spec. They must be added via the pod's ephemeralcontainers subresource, and they will appear in the pod spec once added. This is an alpha feature enabled by the EphemeralContainers feature flag.
 1 & EphemeralContainerCommon | Ephemeral containers have all of the fields of Container, plus additional fields specific to ephemeral containers. Fields in common with Container are in the following inlined struct so than an EphemeralContainer may easily be converted to a Container.
 2 targetContainerName string | If set, the name of the container from PodSpec that this ephemeral container targets. The ephemeral container will be run in the namespaces (IPC, PID, etc) of this container. If not set then the ephemeral container is run in whatever namespaces are shared for the pod. Note that the container runtime must support this feature.
core.v1.EphemeralContainerCommon | EphemeralContainerCommon is a copy of all fields in Container to be inlined in EphemeralContainer. This separate type allows easy conversion from EphemeralContainer to Container and allows separate documentation for the fields of EphemeralContainer. When a new field is added to Container it must be added here as well.
 1 name! string | Name of the ephemeral container specified as a DNS_LABEL. This name must be unique among all containers, init containers and ephemeral containers.
 2 image string | Docker image name. More info: https://kubernetes.io/docs/concepts/containers/images
 3 command []string | Entrypoint array. Not executed within a shell. The docker image's ENTRYPOINT is used if this is not provided. Variable references $(VAR_NAME) are expanded using the container's environment. If a variable cannot be resolved, the reference in the input string will be unchanged. The $(VAR_NAME) syntax can be escaped with a double $$, ie: $$(VAR_NAME). Escaped references will never be expanded, regardless of whether the variable exists or not. Cannot be updated. More info: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#running-a-command-in-a-shell
 4 args []string | Arguments to the entrypoint. The docker image's CMD is used if this is not provided. Variable references $(VAR_NAME) are expanded using the container's environment. If a variable cannot be resolved, the reference in the input string will be unchanged. The $(VAR_NAME) syntax can be escaped with a double $$, ie: $$(VAR_NAME). Escaped references will never be expanded, regardless of whether the variable exists or not. Cannot be updated. More info: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#running-a-command-in-a-shell
 5 workingDir string | Container's working directory. If not specified, the container runtime's default will be used, which might be configured in the container image. Cannot be updated.
 6 ports []ContainerPort | Ports are not allowed for ephemeral containers.
 19 envFrom []EnvFromSource | List of sources to populate environment variables in the container. The keys defined within a source must be a C_IDENTIFIER. All invalid keys will be reported as an event when the container is starting. When a key exists in multiple sources, the value associated with the last source will take precedence. Values defined by an Env with a duplicate key will take precedence. Cannot be updated.
 7 env []EnvVar patch=merge key=name | List of environment variables to set in the container. Cannot be updated.
 8 resources ResourceRequirements | Resources are not allowed for ephemeral containers. Ephemeral containers use spare resources already allocated to the pod.
 9 volumeMounts []VolumeMount patch=merge key=mountPath | Pod volumes to mount into the container's filesystem. Cannot be updated.
 21 volumeDevices []VolumeDevice patch=merge key=devicePath | volumeDevices is the list of block devices to be used by the container.
 10 livenessProbe* Probe | Probes are not allowed for ephemeral containers.
 11 readinessProbe* Probe | Probes are not allowed for ephemeral containers.
 22 startupProbe* Probe | Probes are not allowed for ephemeral containers.
 12 lifecycle* Lifecycle | Lifecycle is not allowed for ephemeral containers.
 13 terminationMessagePath string | Optional: Path at which the file to which the container's termination message will be written is mounted into the container's filesystem. Message written is intended to be brief final status, such as an assertion failure message. Will be truncated by the node if greater than 4096 bytes. The total message length across all containers will be limited to 12kb. Defaults to /dev/termination-log. Cannot be updated.
 20 terminationMessagePolicy string | Indicate how the termination message should be populated. File will use the contents of terminationMessagePath to populate the container status message on both success and failure. FallbackToLogsOnError will use the last chunk of container log output if the termination message file is empty and the container exited with an error. The log output is limited to 2048 bytes or 80 lines, whichever is smaller. Defaults to File. Cannot be updated.
 14 imagePullPolicy string | Image pull policy. One of Always, Never, IfNotPresent. Defaults to Always if :latest tag is specified, or IfNotPresent otherwise. Cannot be updated. More info: https://kubernetes.io/docs/concepts/containers/images#updating-images
 15 securityContext* SecurityContext | SecurityContext is not allowed for ephemeral containers.
 16 stdin bool | Whether this container should allocate a buffer for stdin in the container runtime. If this is not set, reads from stdin in the container will always result in EOF. Default is false.
 17 stdinOnce bool | Whether the container runtime should close the stdin channel after it has been opened by a single attach. When stdin is true the stdin stream will remain open across multiple attach sessions. If stdinOnce is set to true, stdin is opened on container start, is empty until the first client attaches to stdin, and then remains open and accepts data until the client disconnects, at which time stdin is closed and remains closed until the container is restarted. If this flag is false, a container processes that reads from stdin will never receive an EOF. Default is false
 18 tty bool | Whether this container should allocate a TTY for itself, also requires 'stdin' to be true. Default is false.
core.v1.EphemeralVolumeSource | Represents an ephemeral volume that is handled by a normal storage driver.
 1 volumeClaimTemplate* PersistentVolumeClaimTemplate | Will be used to create a stand-alone PVC to provision the volume. The pod in which this EphemeralVolumeSource is embedded will be the owner of the PVC, i.e. the PVC will be deleted together with the pod. The name of the PVC will be '<pod name>-<volume name>' where '<volume name>' is the name from the 'PodSpec.Volumes' array entry. Pod validation will reject the pod if the concatenated name is not valid for a PVC (for example, too long). An existing PVC with that name that is not owned by the pod will *not* be used for the pod to avoid using an unrelated volume by mistake. Starting the pod is then blocked until the unrelated PVC is removed. If such a pre-created PVC is meant to be used by the pod, the PVC has to updated with an owner reference to the pod once the pod exists. Normally this should not be necessary, but it may be useful when manually reconstructing a broken cluster. This field is read-only and no changes will be made by Kubernetes to the PVC after it has been created. Required, must not be nil.
 2 readOnly bool | Specifies a read-only configuration for the volume. Defaults to false (read/write).
core.v1.Event | Event is a report of an event somewhere in the cluster. Events have a limited retention time and triggers and messages may evolve with time. Event consumers should not rely on the timing of an event with a given Reason reflecting a consistent underlying trigger, or the continued existence of events with that Reason. Events should be treated as informative, best-effort, supplemental data.
 1 metadata! meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 involvedObject! ObjectReference | The object that this event is about.
 3 reason string | This should be a short, machine understandable string that gives the reason for the transition into the object's current status.
 4 message string | A human-readable description of the status of this operation.
 5 source EventSource | The component reporting this event. Should be a short machine understandable string.
 6 firstTimestamp time | The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)
 7 lastTimestamp time | The time at which the most recent occurrence of this event was recorded.
 8 count int32 | The number of times this event has occurred.
 9 type string | Type of this event (Normal, Warning), new types could be added in the future
 10 eventTime microtime | Time when this Event was first observed.
 11 series* EventSeries | Data about the Event series this event represents or nil if it's a singleton Event.
 12 action string | What action was taken/failed regarding to the Regarding object.
 13 related* ObjectReference | Optional secondary object for more complex actions.
 14 reportingComponent string | Name of the controller that emitted this Event, e.g. 'kubernetes.io/kubelet'.
 15 reportingInstance string | ID of the controller instance, e.g. 'kubelet-xyzf'.
core.v1.EventSeries | EventSeries contain information on series of events, i.e. thing that was/is happening continuously for some time.
 1 count int32 | Number of occurrences in this series up to the last heartbeat time
 2 lastObservedTime microtime | Time of the last occurrence observed
core.v1.EventSource | EventSource contains information for an event.
 1 component string | Component from which the event is generated.
 2 host string | Node name on which the event is generated.
core.v1.ExecAction | ExecAction describes a "run in container" action.
 1 command []string | Command is the command line to execute inside the container, the working directory for the command is root ('/') in the container's filesystem. The command is simply exec'd, it is not run inside a shell, so traditional shell instructions ('/', etc) won't work. To use a shell, you need to explicitly call out to that shell. Exit status of 0 is treated as live/healthy and non-zero is unhealthy.
core.v1.FCVolumeSource | Represents a Fibre Channel volume. Fibre Channel volumes can only be mounted as read/write once. Fibre Channel volumes support ownership management and SELinux relabeling.
 1 targetWWNs []string | Optional: FC target worldwide names (WWNs)
 2 lun* int32 | Optional: FC target lun number
 3 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified.
 4 readOnly bool | Optional: Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
 5 wwids []string | Optional: FC volume world wide identifiers (wwids) Either wwids or combination of targetWWNs and lun must be set, but not both simultaneously.
core.v1.FlexVolumeSource | FlexVolume represents a generic volume resource that is provisioned/attached using an exec based plugin.
 1 driver! string | Driver is the name of the driver to use for this volume.
 2 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". The default filesystem depends on FlexVolume script.
 3 secretRef* LocalObjectReference | Optional: SecretRef is reference to the secret object containing sensitive information to pass to the plugin scripts. This may be empty if no secret object is specified. If the secret object contains more than one secret, all secrets are passed to the plugin scripts.
 4 readOnly bool | Optional: Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
 5 options map:string | Optional: Extra command options if any.
core.v1.FlockerVolumeSource | Represents a Flocker volume mounted by the Flocker agent. One and only one of datasetName and datasetUUID should be set. Flocker volumes do not support ownership management or SELinux relabeling.
 1 datasetName string | Name of the dataset stored as metadata -> name on the dataset for Flocker should be considered as deprecated
 2 datasetUUID string | UUID of the dataset. This is unique identifier of a Flocker dataset
core.v1.GCEPersistentDiskVolumeSource | Represents a Persistent Disk resource in Google Compute Engine. A GCE PD must exist before mounting to a container. The disk must also be in the same GCE project and zone as the kubelet. A GCE PD can only be mounted as read/write once or read-only many times. GCE PDs support ownership management and SELinux relabeling.
 1 pdName! string | Unique name of the PD resource in GCE. Used to identify the disk in GCE. More info: https://kubernetes.io/docs/concepts/storage/volumes#gcepersistentdisk
 2 fsType string | Filesystem type of the volume that you want to mount. Tip: Ensure that the filesystem type is supported by the host operating system. Examples: "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified. More info: https://kubernetes.io/docs/concepts/storage/volumes#gcepersistentdisk
 3 partition int32 | The partition in the volume that you want to mount. If omitted, the default is to mount by volume name. Examples: For volume /dev/sda1, you specify the partition as "1". Similarly, the volume partition for /dev/sda is "0" (or you can leave the property empty). More info: https://kubernetes.io/docs/concepts/storage/volumes#gcepersistentdisk
 4 readOnly bool | ReadOnly here will force the ReadOnly setting in VolumeMounts. Defaults to false. More info: https://kubernetes.io/docs/concepts/storage/volumes#gcepersistentdisk
core.v1.GitRepoVolumeSource | Represents a volume that is populated with the contents of a git repository. Git repo volumes do not support ownership management. Git repo volumes support SELinux relabeling. DEPRECATED: GitRepo is deprecated. To provision a container with a git repo, mount an EmptyDir into an InitContainer that clones the repo using git, then mount the EmptyDir into the Pod's container.
 1 repository! string | Repository URL
 2 revision string | Commit hash for the specified revision.
 3 directory string | Target directory name. Must not contain or start with '..'. If '.' is supplied, the volume directory will be the git repository. Otherwise, if specified, the volume will contain the git repository in the subdirectory with the given name.
core.v1.GlusterfsVolumeSource | Represents a Glusterfs mount that lasts the lifetime of a pod. Glusterfs volumes do not support ownership management or SELinux relabeling.
 1 endpoints! string | EndpointsName is the endpoint name that details Glusterfs topology. More info: https://examples.k8s.io/volumes/glusterfs/README.md#create-a-pod
 2 path! string | Path is the Glusterfs volume path. More info: https://examples.k8s.io/volumes/glusterfs/README.md#create-a-pod
 3 readOnly bool | ReadOnly here will force the Glusterfs volume to be mounted with read-only permissions. Defaults to false. More info: https://examples.k8s.io/volumes/glusterfs/README.md#create-a-pod
core.v1.HTTPGetAction | HTTPGetAction describes an action based on HTTP Get requests.
 1 path string | Path to access on the HTTP server.
 2 port! intorstring | Name or number of the port to access on the container. Number must be in the range 1 to 65535. Name must be an IANA_SVC_NAME.
 3 host string | Host name to connect to, defaults to the pod IP. You probably want to set "Host" in httpHeaders instead.
 4 scheme string | Scheme to use for connecting to the host. Defaults to HTTP.
 5 httpHeaders []HTTPHeader | Custom headers to set in the request. HTTP allows repeated headers.
core.v1.HTTPHeader | HTTPHeader describes a custom header to be used in HTTP probes
 1 name! string | The header field name
 2 value! string | The header field value
core.v1.Handler | Handler defines a specific action that should be taken
 1 exec* ExecAction | One and only one of the following should be specified. Exec specifies the action to take.
 2 httpGet* HTTPGetAction | HTTPGet specifies the http request to perform.
 3 tcpSocket* TCPSocketAction | TCPSocket specifies an action involving a TCP port. TCP hooks not yet supported
core.v1.HostAlias | HostAlias holds the mapping between IP and hostnames that will be injected as an entry in the pod's hosts file.
 1 ip string | IP address of the host file entry.
 2 hostnames []string | Hostnames for the above IP address.
core.v1.HostPathVolumeSource | Represents a host path mapped into a pod. Host path volumes do not support ownership management or SELinux relabeling.
 1 path! string | Path of the directory on the host. If the path is a symlink, it will follow the link to the real path. More info: https://kubernetes.io/docs/concepts/storage/volumes#hostpath
 2 type* string | Type for HostPath Volume Defaults to "" More info: https://kubernetes.io/docs/concepts/storage/volumes#hostpath
core.v1.ISCSIVolumeSource | Represents an ISCSI disk. ISCSI volumes can only be mounted as read/write once. ISCSI volumes support ownership management and SELinux relabeling.
 1 targetPortal! string | iSCSI Target Portal. The Portal is either an IP or ip_addr:port if the port is other than default (typically TCP ports 860 and 3260).
 2 iqn! string | Target iSCSI Qualified Name.
 3 lun! int32 | iSCSI Target Lun number.
 4 iscsiInterface string | iSCSI Interface Name that uses an iSCSI transport. Defaults to 'default' (tcp).
 5 fsType string | Filesystem type of the volume that you want to mount. Tip: Ensure that the filesystem type is supported by the host operating system. Examples: "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified. More info: https://kubernetes.io/docs/concepts/storage/volumes#iscsi
 6 readOnly bool | ReadOnly here will force the ReadOnly setting in VolumeMounts. Defaults to false.
 7 portals []string | iSCSI Target Portal List. The portal is either an IP or ip_addr:port if the port is other than default (typically TCP ports 860 and 3260).
 8 chapAuthDiscovery bool | whether support iSCSI Discovery CHAP authentication
 11 chapAuthSession bool | whether support iSCSI Session CHAP authentication
 10 secretRef* LocalObjectReference | CHAP Secret for iSCSI target and initiator authentication
 12 initiatorName* string | Custom iSCSI Initiator Name. If initiatorName is specified with iscsiInterface simultaneously, new iSCSI interface <target portal>:<volume name> will be created for the connection.
core.v1.KeyToPath | Maps a string key to a path within a volume.
 1 key! string | The key to project.
 2 path! string | The relative path of the file to map the key to. May not be an absolute path. May not contain the path element '..'. May not start with the string '..'.
 3 mode* int32 | Optional: mode bits used to set permissions on this file. Must be an octal value between 0000 and 0777 or a decimal value between 0 and 511. YAML accepts both octal and decimal values, JSON requires decimal values for mode bits. If not specified, the volume defaultMode will be used. This might be in conflict with other options that affect the file mode, like fsGroup, and the result can be other mode bits set.
core.v1.Lifecycle | Lifecycle describes actions that the management system should take in response to container lifecycle events. For the PostStart and PreStop lifecycle handlers, management of the container blocks until the action is complete, unless the container process fails, in which case the handler is aborted.
 1 postStart* Handler | PostStart is called immediately after a container is created. If the handler fails, the container is terminated and restarted according to its restart policy. Other management of the container blocks until the hook completes. More info: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#container-hooks
 2 preStop* Handler | PreStop is called immediately before a container is terminated due to an API request or management event such as liveness/startup probe failure, preemption, resource contention, etc. The handler is not called if the container crashes or exits. The reason for termination is passed to the handler. The Pod's termination grace period countdown begins before the PreStop hooked is executed. Regardless of the outcome of the handler, the container will eventually terminate within the Pod's termination grace period. Other management of the container blocks until the hook completes or until the termination grace period is reached. More info: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#container-hooks
core.v1.LoadBalancerIngress | LoadBalancerIngress represents the status of a load-balancer ingress point: traffic intended for the service should be sent to an ingress point.
 1 ip string | IP is set for load-balancer ingress points that are IP based (typically GCE or OpenStack load-balancers)
 2 hostname string | Hostname is set for load-balancer ingress points that are DNS based (typically AWS load-balancers)
 4 ports []PortStatus list=atomic | Ports is a list of records of service ports If used, every port defined in the service should have an entry in it
core.v1.LoadBalancerStatus | LoadBalancerStatus represents the status of a load-balancer.
 1 ingress []LoadBalancerIngress | Ingress is a list containing ingress points for the load-balancer. Traffic intended for the service should be sent to these ingress points.
core.v1.LocalObjectReference | LocalObjectReference contains enough information to let you locate the referenced object inside the same namespace.
 1 name string | Name of the referent. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names
core.v1.NFSVolumeSource | Represents an NFS mount that lasts the lifetime of a pod. NFS volumes do not support ownership management or SELinux relabeling.
 1 server! string | Server is the hostname or IP address of the NFS server. More info: https://kubernetes.io/docs/concepts/storage/volumes#nfs
 2 path! string | Path that is exported by the NFS server. More info: https://kubernetes.io/docs/concepts/storage/volumes#nfs
 3 readOnly bool | ReadOnly here will force the NFS export to be mounted with read-only permissions. Defaults to false. More info: https://kubernetes.io/docs/concepts/storage/volumes#nfs
core.v1.Namespace | Namespace provides a scope for Names. Use of multiple namespaces is optional.
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec NamespaceSpec | Spec defines the behavior of the Namespace. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
 3 status NamespaceStatus | Status describes the current status of a Namespace. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
core.v1.NamespaceCondition | NamespaceCondition contains details about state of namespace.
 1 type! string | Type of namespace controller condition.
 2 status! string | Status of the condition, one of True, False, Unknown.
 4 lastTransitionTime time | 
 5 reason string | 
 6 message string | 
core.v1.NamespaceSpec | NamespaceSpec describes the attributes on a Namespace.
 1 finalizers []string | Finalizers is an opaque list of values that must be empty to permanently remove object from storage. More info: https://kubernetes.io/docs/tasks/administer-cluster/namespaces/
core.v1.NamespaceStatus | NamespaceStatus is information about the current status of a Namespace.
 1 phase string | Phase is the current lifecycle phase of the namespace. More info: https://kubernetes.io/docs/tasks/administer-cluster/namespaces/
 2 conditions []NamespaceCondition patch=merge key=type | Represents the latest available observations of a namespace's current state.
core.v1.Node | Node is a node in Kubernetes. Each node will have a unique identifier in the cache (i.e. in etcd).
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec NodeSpec | Spec defines the behavior of a node. https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
 3 status NodeStatus | Most recently observed status of the node. Populated by the system. Read-only. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
core.v1.NodeAddress | NodeAddress contains information for the node's address.
 1 type! string | Node address type, one of Hostname, ExternalIP or InternalIP.
 2 address! string | The node address.
core.v1.NodeAffinity | Node affinity is a group of node affinity scheduling rules.
 1 requiredDuringSchedulingIgnoredDuringExecution* NodeSelector | If the affinity requirements specified by this field are not met at scheduling time, the pod will not be scheduled onto the node. If the affinity requirements specified by this field cease to be met at some point during pod execution (e.g. due to an update), the system may or may not try to eventually evict the pod from its node.
 2 preferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm | The scheduler will prefer to schedule pods to nodes that satisfy the affinity expressions specified by this field, but it may choose a node that violates one or more of the expressions. The node that is most preferred is the one with the greatest sum of weights, i.e. for each node that meets all of the scheduling requirements (resource request, requiredDuringScheduling affinity expressions, etc.), compute a sum by iterating through the elements of this field and adding "weight" to the sum if the node matches the corresponding matchExpressions; the node(s) with the highest sum are the most preferred.
core.v1.NodeCondition | NodeCondition contains condition information for a node.
 1 type! string | Type of node condition.
 2 status! string | Status of the condition, one of True, False, Unknown.
 3 lastHeartbeatTime time | Last time we got an update on a given condition.
 4 lastTransitionTime time | Last time the condition transit from one status to another.
 5 reason string | (brief) reason for the condition's last transition.
 6 message string | Human readable message indicating details about last transition.
core.v1.NodeConfigSource | NodeConfigSource specifies a source of node configuration. Exactly one subfield (excluding metadata) must be non-nil.
 2 configMap* ConfigMapNodeConfigSource | ConfigMap is a reference to a Node's ConfigMap
core.v1.NodeConfigStatus | NodeConfigStatus describes the status of the config assigned by Node.Spec.ConfigSource.
 1 assigned* NodeConfigSource | Assigned reports the checkpointed config the node will try to use. When Node.Spec.ConfigSource is updated, the node checkpoints the associated config payload to local disk, along with a record indicating intended config. The node refers to this record to choose its config checkpoint, and reports this record in Assigned. Assigned only updates in the status after the record has been checkpointed to disk. When the Kubelet is restarted, it tries to make the Assigned config the Active config by loading and validating the checkpointed payload identified by Assigned.
 2 active* NodeConfigSource | Active reports the checkpointed config the node is actively using. Active will represent either the current version of the Assigned config, or the current LastKnownGood config, depending on whether attempting to use the Assigned config results in an error.
 3 lastKnownGood* NodeConfigSource | LastKnownGood reports the checkpointed config the node will fall back to when it encounters an error attempting to use the Assigned config. The Assigned config becomes the LastKnownGood config when the node determines that the Assigned config is stable and correct. This is currently implemented as a 10-minute soak period starting when the local record of Assigned config is updated. If the Assigned config is Active at the end of this period, it becomes the LastKnownGood. Note that if Spec.ConfigSource is reset to nil (use local defaults), the LastKnownGood is also immediately reset to nil, because the local default config is always assumed good. You should not make assumptions about the node's method of determining config stability and correctness, as this may change or become configurable in the future.
 4 error string | Error describes any problems reconciling the Spec.ConfigSource to the Active config. Errors may occur, for example, attempting to checkpoint Spec.ConfigSource to the local Assigned record, attempting to checkpoint the payload associated with Spec.ConfigSource, attempting to load or validate the Assigned config, etc. Errors may occur at different points while syncing config. Earlier errors (e.g. download or checkpointing errors) will not result in a rollback to LastKnownGood, and may resolve across Kubelet retries. Later errors (e.g. loading or validating a checkpointed config) will result in a rollback to LastKnownGood. In the latter case, it is usually possible to resolve the error by fixing the config assigned in Spec.ConfigSource. You can find additional information for debugging by searching the error message in the Kubelet log. Error is a human-readable description of the error state; machines can check whether or not Error is empty, but should not rely on the stability of the Error text across Kubelet versions.
core.v1.NodeDaemonEndpoints | NodeDaemonEndpoints lists ports opened by daemons running on the Node.
 1 kubeletEndpoint DaemonEndpoint | Endpoint on which Kubelet is listening.
core.v1.NodeSelector | A node selector represents the union of the results of one or more label queries over a set of nodes; that is, it represents the OR of the selectors represented by the node selector terms.
 1 nodeSelectorTerms! []NodeSelectorTerm | Required. A list of node selector terms. The terms are ORed.
core.v1.NodeSelectorRequirement | A node selector requirement is a selector that contains values, a key, and an operator that relates the key and values.
 1 key! string | The label key that the selector applies to.
 2 operator! string | Represents a key's relationship to a set of values. Valid operators are In, NotIn, Exists, DoesNotExist. Gt, and Lt.
 3 values []string | An array of string values. If the operator is In or NotIn, the values array must be non-empty. If the operator is Exists or DoesNotExist, the values array must be empty. If the operator is Gt or Lt, the values array must have a single element, which will be interpreted as an integer. This array is replaced during a strategic merge patch.
core.v1.NodeSelectorTerm | A null or empty node selector term matches no objects. The requirements of them are ANDed. The TopologySelectorTerm type implements a subset of the NodeSelectorTerm.
 1 matchExpressions []NodeSelectorRequirement | A list of node selector requirements by node's labels.
 2 matchFields []NodeSelectorRequirement | A list of node selector requirements by node's fields.
core.v1.NodeSpec | NodeSpec describes the attributes that a node is created with.
 1 podCIDR string | PodCIDR represents the pod IP range assigned to the node.
 7 podCIDRs []string patch=merge | podCIDRs represents the IP ranges assigned to the node for usage by Pods on that node. If this field is specified, the 0th entry must match the podCIDR field. It may contain at most 1 value for each of IPv4 and IPv6.
 3 providerID string | ID of the node assigned by the cloud provider in the format: <ProviderName>://<ProviderSpecificNodeID>
 4 unschedulable bool | Unschedulable controls node schedulability of new pods. By default, node is schedulable. More info: https://kubernetes.io/docs/concepts/nodes/node/#manual-node-administration
 5 taints []Taint | If specified, the node's taints.
 6 configSource* NodeConfigSource | If specified, the source to get node configuration from The DynamicKubeletConfig feature gate must be enabled for the Kubelet to use this field
 2 externalID string | Deprecated. Not all kubelets will set this field. Remove field after 1.13. see: https://issues.k8s.io/61966
core.v1.NodeStatus | NodeStatus is information about the current status of a node.
 1 capacity map:quantity | Capacity represents the total resources of a node. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity
 2 allocatable map:quantity | Allocatable represents the resources of a node that are available for scheduling. Defaults to Capacity.
 3 phase string | NodePhase is the recently observed lifecycle phase of the node. More info: https://kubernetes.io/docs/concepts/nodes/node/#phase The field is never populated, and now is deprecated.
 4 conditions []NodeCondition patch=merge key=type | Conditions is an array of current observed node conditions. More info: https://kubernetes.io/docs/concepts/nodes/node/#condition
 5 addresses []NodeAddress patch=merge key=type | List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See http://pr.k8s.io/79391 for an example.
 6 daemonEndpoints NodeDaemonEndpoints | Endpoints of daemons running on the Node.
 7 nodeInfo NodeSystemInfo | Set of ids/uuids to uniquely identify the node. More info: https://kubernetes.io/docs/concepts/nodes/node/#info
 8 images []ContainerImage | List of container images on this node
 9 volumesInUse []string | List of attachable volumes in use (mounted) by the node.
 10 volumesAttached []AttachedVolume | List of volumes that are attached to the node.
 11 config* NodeConfigStatus | Status of the config assigned to the node via the dynamic Kubelet config feature.
core.v1.NodeSystemInfo | NodeSystemInfo is a set of ids/uuids to uniquely identify the node.
 1 machineID! string | MachineID reported by the node. For unique machine identification in the cluster this field is preferred. Learn more from man(5) machine-id: http://man7.org/linux/man-pages/man5/machine-id.5.html
 2 systemUUID! string | SystemUUID reported by the node. For unique machine identification MachineID is preferred. This field is specific to Red Hat hosts https://access.redhat.com/documentation/en-us/red_hat_subscription_management/1/html/rhsm/uuid
 3 bootID! string | Boot ID reported by the node.
 4 kernelVersion! string | Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).
 5 osImage! string | OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).
 6 containerRuntimeVersion! string | ContainerRuntime Version reported by the node through runtime remote API (e.g. docker://1.5.0).
 7 kubeletVersion! string | Kubelet Version reported by the node.
 8 kubeProxyVersion! string | KubeProxy Version reported by the node.
 9 operatingSystem! string | The Operating System reported by the node
 10 architecture! string | The Architecture reported by the node
core.v1.ObjectFieldSelector | ObjectFieldSelector selects an APIVersioned field of an object.
 1 apiVersion string | Version of the schema the FieldPath is written in terms of, defaults to "v1".
 2 fieldPath! string | Path of the field to select in the specified API version.
core.v1.ObjectReference | ObjectReference contains enough information to let you inspect or modify the referred object.
 1 kind string | Kind of the referent. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
 2 namespace string | Namespace of the referent. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 3 name string | Name of the referent. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names
 4 uid string | UID of the referent. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#uids
 5 apiVersion string | API version of the referent.
 6 resourceVersion string | Specific resourceVersion to which this reference is made, if any. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#concurrency-control-and-consistency
 7 fieldPath string | If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.
core.v1.PersistentVolumeClaimSpec | PersistentVolumeClaimSpec describes the common attributes of storage devices and allows a Source for provider-specific attributes
 1 accessModes []string | AccessModes contains the desired access modes the volume should have. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1
 4 selector* meta.v1.LabelSelector | A label query over volumes to consider for binding.
 2 resources ResourceRequirements | Resources represents the minimum resources the volume should have. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#resources
 3 volumeName string | VolumeName is the binding reference to the PersistentVolume backing this claim.
 5 storageClassName* string | Name of the StorageClass required by the claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#class-1
 6 volumeMode* string | volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.
 7 dataSource* TypedLocalObjectReference | This field can be used to specify either: * An existing VolumeSnapshot object (snapshot.storage.k8s.io/VolumeSnapshot) * An existing PVC (PersistentVolumeClaim) * An existing custom resource that implements data population (Alpha) In order to use custom resource types that implement data population, the AnyVolumeDataSource feature gate must be enabled. If the provisioner or an external controller can support the specified data source, it will create a new volume based on the contents of the specified data source.
core.v1.PersistentVolumeClaimTemplate | PersistentVolumeClaimTemplate is used to produce PersistentVolumeClaim objects as part of an EphemeralVolumeSource.
 1 metadata meta.v1.ObjectMeta | May contain labels and annotations that will be copied into the PVC when creating it. No other fields are allowed and will be rejected during validation.
 2 spec! PersistentVolumeClaimSpec | The specification for the PersistentVolumeClaim. The entire content is copied unchanged into the PVC that gets created from this template. The same fields as in a PersistentVolumeClaim are also valid here.
core.v1.PersistentVolumeClaimVolumeSource | PersistentVolumeClaimVolumeSource references the user's PVC in the same namespace. This volume finds the bound PV and mounts that volume for the pod. A PersistentVolumeClaimVolumeSource is, essentially, a wrapper around another type of volume that is owned by someone else (the system).
 1 claimName! string | ClaimName is the name of a PersistentVolumeClaim in the same namespace as the pod using this volume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#persistentvolumeclaims
 2 readOnly bool | Will force the ReadOnly setting in VolumeMounts. Default false.
core.v1.PhotonPersistentDiskVolumeSource | Represents a Photon Controller persistent disk resource.
 1 pdID! string | ID that identifies Photon Controller persistent disk
 2 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified.
core.v1.Pod | Pod is a collection of containers that can run on a host. This resource is created by clients and scheduled onto hosts.
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec PodSpec | Specification of the desired behavior of the pod. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
 3 status PodStatus | Most recently observed status of the pod. This data may not be up to date. Populated by the system. Read-only. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
core.v1.PodAffinity | Pod affinity is a group of inter pod affinity scheduling rules.
 1 requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm | If the affinity requirements specified by this field are not met at scheduling time, the pod will not be scheduled onto the node. If the affinity requirements specified by this field cease to be met at some point during pod execution (e.g. due to a pod label update), the system may or may not try to eventually evict the pod from its node. When there are multiple elements, the lists of nodes corresponding to each podAffinityTerm are intersected, i.e. all terms must be satisfied.
 2 preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm | The scheduler will prefer to schedule pods to nodes that satisfy the affinity expressions specified by this field, but it may choose a node that violates one or more of the expressions. The node that is most preferred is the one with the greatest sum of weights, i.e. for each node that meets all of the scheduling requirements (resource request, requiredDuringScheduling affinity expressions, etc.), compute a sum by iterating through the elements of this field and adding "weight" to the sum if the node has pods which matches the corresponding podAffinityTerm; the node(s) with the highest sum are the most preferred.
core.v1.PodAffinityTerm | Defines a set of pods (namely those matching the labelSelector relative to the given namespace(s)) that this pod should be co-located (affinity) or not co-located (anti-affinity) with, where co-located is defined as running on a node whose value of the label with key <topologyKey> matches that of any node on which a pod of the set of pods is running
 1 labelSelector* meta.v1.LabelSelector | A label query over a set of resources, in this case pods.
 2 namespaces []string | namespaces specifies which namespaces the labelSelector applies to (matches against); null or empty list means "this pod's namespace"
 3 topologyKey! string | This pod should be co-located (affinity) or not co-located (anti-affinity) with the pods matching the labelSelector in the specified namespaces, where co-located is defined as running on a node whose value of the label with key topologyKey matches that of any node on which any of the selected pods is running. Empty topologyKey is not allowed.
core.v1.PodAntiAffinity | Pod anti affinity is a group of inter pod anti affinity scheduling rules.
 1 requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm | If the anti-affinity requirements specified by this field are not met at scheduling time, the pod will not be scheduled onto the node. If the anti-affinity requirements specified by this field cease to be met at some point during pod execution (e.g. due to a pod label update), the system may or may not try to eventually evict the pod from its node. When there are multiple elements, the lists of nodes corresponding to each podAffinityTerm are intersected, i.e. all terms must be satisfied.
 2 preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm | The scheduler will prefer to schedule pods to nodes that satisfy the anti-affinity expressions specified by this field, but it may choose a node that violates one or more of the expressions. The node that is most preferred is the one with the greatest sum of weights, i.e. for each node that meets all of the scheduling requirements (resource request, requiredDuringScheduling anti-affinity expressions, etc.), compute a sum by iterating through the elements of this field and adding "weight" to the sum if the node has pods which matches the corresponding podAffinityTerm; the node(s) with the highest sum are the most preferred.
core.v1.PodCondition | PodCondition contains details for the current condition of this pod.
 1 type! string | Type is the type of the condition. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-conditions
 2 status! string | Status is the status of the condition. Can be True, False, Unknown. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-conditions
 3 lastProbeTime time | Last time we probed the condition.
 4 lastTransitionTime time | Last time the condition transitioned from one status to another.
 5 reason string | Unique, one-word, CamelCase reason for the condition's last transition.
 6 message string | Human-readable message indicating details about last transition.
core.v1.PodDNSConfig | PodDNSConfig defines the DNS parameters of a pod in addition to those generated from DNSPolicy.
 1 nameservers []string | A list of DNS name server IP addresses. This will be appended to the base nameservers generated from DNSPolicy. Duplicated nameservers will be removed.
 2 searches []string | A list of DNS search domains for host-name lookup. This will be appended to the base search paths generated from DNSPolicy. Duplicated search paths will be removed.
 3 options []PodDNSConfigOption | A list of DNS resolver options. This will be merged with the base options generated from DNSPolicy. Duplicated entries will be removed. Resolution options given in Options will override those that appear in the base DNSPolicy.
core.v1.PodDNSConfigOption | PodDNSConfigOption defines DNS resolver options of a pod.
 1 name string | Required.
 2 value* string | 
core.v1.PodIP | IP address information for entries in the (plural) PodIPs field. Each entry includes: IP: An IP address allocated to the pod. Routable at least within the cluster.
 1 ip string | ip is an IP address (IPv4 or IPv6) assigned to the pod
core.v1.PodReadinessGate | PodReadinessGate contains the reference to a pod condition
 1 conditionType! string | ConditionType refers to a condition in the pod's condition list with matching type.
core.v1.PodSecurityContext | PodSecurityContext holds pod-level security attributes and common container settings. Some fields are also present in container.securityContext. Field values of container.securityContext take precedence over field values of PodSecurityContext.
 1 seLinuxOptions* SELinuxOptions | The SELinux context to be applied to all containers. If unspecified, the container runtime will allocate a random SELinux context for each container. May also be set in SecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence for that container.
 8 windowsOptions* WindowsSecurityContextOptions | The Windows specific settings applied to all containers. If unspecified, the options within a container's SecurityContext will be used. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 2 runAsUser* int64 | The UID to run the entrypoint of the container process. Defaults to user specified in image metadata if unspecified. May also be set in SecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence for that container.
 6 runAsGroup* int64 | The GID to run the entrypoint of the container process. Uses runtime default if unset. May also be set in SecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence for that container.
 3 runAsNonRoot* bool | Indicates that the container must run as a non-root user. If true, the Kubelet will validate the image at runtime to ensure that it does not run as UID 0 (root) and fail to start the container if it does. If unset or false, no such validation will be performed. May also be set in SecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 4 supplementalGroups []int64 | A list of groups applied to the first process run in each container, in addition to the container's primary GID. If unspecified, no groups will be added to any container.
 5 fsGroup* int64 | A special supplemental group that applies to all containers in a pod. Some volume types allow the Kubelet to change the ownership of that volume to be owned by the pod: 1. The owning GID will be the FSGroup 2. The setgid bit is set (new files created in the volume will be owned by FSGroup) 3. The permission bits are OR'd with rw-rw---- If unset, the Kubelet will not modify the ownership and permissions of any volume.
 7 sysctls []Sysctl | Sysctls hold a list of namespaced sysctls used for the pod. Pods with unsupported sysctls (by the container runtime) might fail to launch.
 9 fsGroupChangePolicy* string | fsGroupChangePolicy defines behavior of changing ownership and permission of the volume before being exposed inside Pod. This field will only apply to volume types which support fsGroup based ownership(and permissions). It will have no effect on ephemeral volume types such as: secret, configmaps and emptydir. Valid values are "OnRootMismatch" and "Always". If not specified, "Always" is used.
 10 seccompProfile* SeccompProfile | The seccomp options to use by the containers in this pod.
core.v1.PodSpec | PodSpec is a description of a pod.
 1 volumes []Volume patch=merge,retainKeys key=name | List of volumes that can be mounted by containers belonging to the pod. More info: https://kubernetes.io/docs/concepts/storage/volumes
 20 initContainers []Container patch=merge key=name | List of initialization containers belonging to the pod. Init containers are executed in order prior to containers being started. If any init container fails, the pod is considered to have failed and is handled according to its restartPolicy. The name for an init container or normal container must be unique among all containers. Init containers may not have Lifecycle actions, Readiness probes, Liveness probes, or Startup probes. The resourceRequirements of an init container are taken into account during scheduling by finding the highest request/limit for each resource type, and then using the max of of that value or the sum of the normal containers. Limits are applied to init containers in a similar fashion. Init containers cannot currently be added or removed. Cannot be updated. More info: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
 2 containers! []Container patch=merge key=name | List of containers belonging to the pod. Containers cannot currently be added or removed. There must be at least one container in a Pod. Cannot be updated.
 34 ephemeralContainers []EphemeralContainer patch=merge key=name | List of ephemeral containers run in this pod. Ephemeral containers may be run in an existing pod to perform user-initiated actions such as debugging. This list cannot be specified when creating a pod, and it cannot be modified by updating the pod spec. In order to add an ephemeral container to an existing pod, use the pod's ephemeralcontainers subresource. This field is alpha-level and is only honored by servers that enable the EphemeralContainers feature.
 3 restartPolicy string | Restart policy for all containers within the pod. One of Always, OnFailure, Never. Default to Always. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 4 terminationGracePeriodSeconds* int64 | Optional duration in seconds the pod needs to terminate gracefully. May be decreased in delete request. Value must be non-negative integer. The value zero indicates delete immediately. If this value is nil, the default grace period will be used instead. The grace period is the duration in seconds after the processes running in the pod are sent a termination signal and the time when the processes are forcibly halted with a kill signal. Set this value longer than the expected cleanup time for your process. Defaults to 30 seconds.
 5 activeDeadlineSeconds* int64 | Optional duration in seconds the pod may be active on the node relative to StartTime before the system will actively try to mark it failed and kill associated containers. Value must be a positive integer.
 6 dnsPolicy string | Set DNS policy for the pod. Defaults to "ClusterFirst". Valid values are 'ClusterFirstWithHostNet', 'ClusterFirst', 'Default' or 'None'. DNS parameters given in DNSConfig will be merged with the policy selected with DNSPolicy. To have DNS options set along with hostNetwork, you have to specify DNS policy explicitly to 'ClusterFirstWithHostNet'.
 7 nodeSelector map:string | NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/
 8 serviceAccountName string | ServiceAccountName is the name of the ServiceAccount to use to run this pod. More info: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
 9 serviceAccount string | DeprecatedServiceAccount is a depreciated alias for ServiceAccountName. Deprecated: Use serviceAccountName instead.
 21 automountServiceAccountToken* bool | AutomountServiceAccountToken indicates whether a service account token should be automatically mounted.
 10 nodeName string | NodeName is a request to schedule this pod onto a specific node. If it is non-empty, the scheduler simply schedules this pod onto that node, assuming that it fits resource requirements.
 11 hostNetwork bool | Host networking requested for this pod. Use the host's network namespace. If this option is set, the ports that will be used must be specified. Default to false.
 12 hostPID bool | Use the host's pid namespace. Optional: Default to false.
 13 hostIPC bool | Use the host's ipc namespace. Optional: Default to false.
 27 shareProcessNamespace* bool | Share a single process namespace between all of the containers in a pod. When this is set containers will be able to view and signal processes from other containers in the same pod, and the first process in each container will not be assigned PID 1. HostPID and ShareProcessNamespace cannot both be set. Optional: Default to false.
 14 securityContext* PodSecurityContext | SecurityContext holds pod-level security attributes and common container settings. Optional: Defaults to empty. See type description for default values of each field.
 15 imagePullSecrets []LocalObjectReference patch=merge key=name | ImagePullSecrets is an optional list of references to secrets in the same namespace to use for pulling any of the images used by this PodSpec. If specified, these secrets will be passed to individual puller implementations for them to use. For example, in the case of docker, only DockerConfig type secrets are honored. More info: https://kubernetes.io/docs/concepts/containers/images#specifying-imagepullsecrets-on-a-pod
 16 hostname string | Specifies the hostname of the Pod If not specified, the pod's hostname will be set to a system-defined value.
 17 subdomain string | If specified, the fully qualified Pod hostname will be "<hostname>.<subdomain>.<pod namespace>.svc.<cluster domain>". If not specified, the pod will not have a domainname at all.
 18 affinity* Affinity | If specified, the pod's scheduling constraints
 19 schedulerName string | If specified, the pod will be dispatched by specified scheduler. If not specified, the pod will be dispatched by default scheduler.
 22 tolerations []Toleration | If specified, the pod's tolerations.
 23 hostAliases []HostAlias patch=merge key=ip | HostAliases is an optional list of hosts and IPs that will be injected into the pod's hosts file if specified. This is only valid for non-hostNetwork pods.
 24 priorityClassName string | If specified, indicates the pod's priority. "system-node-critical" and "system-cluster-critical" are two special keywords which indicate the highest priorities with the former being the highest priority. Any other name must be defined by creating a PriorityClass object with that name. If not specified, the pod priority will be default or zero if there is no default.
 25 priority* int32 | The priority value. Various system components use this field to find the priority of the pod. When Priority Admission Controller is enabled, it prevents users from setting this field. The admission controller populates this field from PriorityClassName. The higher the value, the higher the priority.
 26 dnsConfig* PodDNSConfig | Specifies the DNS parameters of a pod. Parameters specified here will be merged to the generated DNS configuration based on DNSPolicy.
 28 readinessGates []PodReadinessGate | If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/0007-pod-ready%2B%2B.md
 29 runtimeClassName* string | RuntimeClassName refers to a RuntimeClass object in the node.k8s.io group, which should be used to run this pod. If no RuntimeClass resource matches the named class, the pod will not be run. If unset or empty, the "legacy" RuntimeClass will be used, which is an implicit class with an empty definition that uses the default runtime handler. More info: https://git.k8s.io/enhancements/keps/sig-node/runtime-class.md This is a beta feature as of Kubernetes v1.14.
 30 enableServiceLinks* bool | EnableServiceLinks indicates whether information about services should be injected into pod's environment variables, matching the syntax of Docker links. Optional: Defaults to true.
 31 preemptionPolicy* string | PreemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset. This field is beta-level, gated by the NonPreemptingPriority feature-gate.
 32 overhead map:quantity | Overhead represents the resource overhead associated with running a pod for a given RuntimeClass. This field will be autopopulated at admission time by the RuntimeClass admission controller. If the RuntimeClass admission controller is enabled, overhead must not be set in Pod create requests. The RuntimeClass admission controller will reject Pod create requests which have the overhead already set. If RuntimeClass is configured and selected in the PodSpec, Overhead will be set to the value defined in the corresponding RuntimeClass, otherwise it will remain unset and treated as zero. More info: https://git.k8s.io/enhancements/keps/sig-node/20190226-pod-overhead.md This field is alpha-level as of Kubernetes v1.16, and is only honored by servers that enable the PodOverhead feature.
 33 topologySpreadConstraints []TopologySpreadConstraint patch=merge key=topologyKey list=map keys=topologyKey,whenUnsatisfiable | TopologySpreadConstraints describes how a group of pods ought to spread across topology domains. Scheduler will schedule pods in a way which abides by the constraints. All topologySpreadConstraints are ANDed.
 35 setHostnameAsFQDN* bool | If true the pod's hostname will be configured as the pod's FQDN, rather than the leaf name (the default). In Linux containers, this means setting the FQDN in the hostname field of the kernel (the nodename field of struct utsname). In Windows containers, this means setting the registry value of hostname for the registry key HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters to FQDN. If a pod does not have FQDN, this has no effect. Default to false.
core.v1.PodStatus | PodStatus represents information about the status of a pod. Status may trail the actual state of a system, especially if the node that hosts the pod cannot contact the control plane.
 1 phase string | The phase of a Pod is a simple, high-level summary of where the Pod is in its lifecycle. The conditions array, the reason and message fields, and the individual container status arrays contain more detail about the pod's status. There are five possible phase values: Pending: The pod has been accepted by the Kubernetes system, but one or more of the container images has not been created. This includes time before being scheduled as well as time spent downloading images over the network, which could take a while. Running: The pod has been bound to a node, and all of the containers have been created. At least one container is still running, or is in the process of starting or restarting. Succeeded: All containers in the pod have terminated in success, and will not be restarted. Failed: All containers in the pod have terminated, and at least one container has terminated in failure. The container either exited with non-zero status or was terminated by the system. Unknown: For some reason the state of the pod could not be obtained, typically due to an error in communicating with the host of the pod. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-phase
 2 conditions []PodCondition patch=merge key=type | Current service state of pod. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-conditions
 3 message string | A human readable message indicating details about why the pod is in this condition.
 4 reason string | A brief CamelCase message indicating details about why the pod is in this state. e.g. 'Evicted'
 11 nominatedNodeName string | nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.
 5 hostIP string | IP address of the host to which the pod is assigned. Empty if not yet scheduled.
 6 podIP string | IP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.
 12 podIPs []PodIP patch=merge key=ip | podIPs holds the IP addresses allocated to the pod. If this field is specified, the 0th entry must match the podIP field. Pods may be allocated at most 1 value for each of IPv4 and IPv6. This list is empty if no IPs have been allocated yet.
 7 startTime* time | RFC 3339 date and time at which the object was acknowledged by the Kubelet. This is before the Kubelet pulled the container image(s) for the pod.
 10 initContainerStatuses []ContainerStatus | The list has one entry per init container in the manifest. The most recent successful init container will have ready = true, the most recently started container will have startTime set. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-and-container-status
 8 containerStatuses []ContainerStatus | The list has one entry per container in the manifest. Each entry is currently the output of 'docker inspect'. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#pod-and-container-status
 9 qosClass string | The Quality of Service (QOS) classification assigned to the pod based on resource requirements See PodQOSClass type for available QOS classes More info: https://git.k8s.io/community/contributors/design-proposals/node/resource-qos.md
 13 ephemeralContainerStatuses []ContainerStatus | Status for any ephemeral containers that have run in this pod. This field is alpha-level and is only populated by servers that enable the EphemeralContainers feature.
core.v1.PodTemplateSpec | PodTemplateSpec describes the data a pod should have when created from a template
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec PodSpec | Specification of the desired behavior of the pod. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
core.v1.PortStatus | 
 1 port! int32 | Port is the port number of the service port of which status is recorded here
 2 protocol! string | Protocol is the protocol of the service port of which status is recorded here The supported values are: "TCP", "UDP", "SCTP"
 3 error* string | Error is to record the problem with the service port The format of the error shall comply with the following rules: - built-in error values shall be specified in this file and those shall use CamelCase names - cloud provider specific error values must have names that comply with the format foo.example.com/CamelCase.
core.v1.PortworxVolumeSource | PortworxVolumeSource represents a Portworx volume resource.
 1 volumeID! string | VolumeID uniquely identifies a Portworx volume
 2 fsType string | FSType represents the filesystem type to mount Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs". Implicitly inferred to be "ext4" if unspecified.
 3 readOnly bool | Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
core.v1.PreferredSchedulingTerm | An empty preferred scheduling term matches all objects with implicit weight 0 (i.e. it's a no-op). A null preferred scheduling term matches no objects (i.e. is also a no-op).
 1 weight! int32 | Weight associated with matching the corresponding nodeSelectorTerm, in the range 1-100.
 2 preference! NodeSelectorTerm | A node selector term, associated with the corresponding weight.
core.v1.Probe | Probe describes a health check to be performed against a container to determine whether it is alive or ready to receive traffic.
 1 handler& Handler | The action taken to determine the health of a container
 2 initialDelaySeconds int32 | Number of seconds after the container has started before liveness probes are initiated. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#container-probes
 3 timeoutSeconds int32 | Number of seconds after which the probe times out. Defaults to 1 second. Minimum value is 1. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle#container-probes
 4 periodSeconds int32 | How often (in seconds) to perform the probe. Default to 10 seconds. Minimum value is 1.
 5 successThreshold int32 | Minimum consecutive successes for the probe to be considered successful after having failed. Defaults to 1. Must be 1 for liveness and startup. Minimum value is 1.
 6 failureThreshold int32 | Minimum consecutive failures for the probe to be considered failed after having succeeded. Defaults to 3. Minimum value is 1.
core.v1.ProjectedVolumeSource | Represents a projected volume source
 1 sources []VolumeProjection | list of volume projections
 2 defaultMode* int32 | Mode bits used to set permissions on created files by default. Must be an octal value between 0000 and 0777 or a decimal value between 0 and 511. YAML accepts both octal and decimal values, JSON requires decimal values for mode bits. Directories within the path are not affected by this setting. This might be in conflict with other options that affect the file mode, like fsGroup, and the result can be other mode bits set.
core.v1.QuobyteVolumeSource | Represents a Quobyte mount that lasts the lifetime of a pod. Quobyte volumes do not support ownership management or SELinux relabeling.
 1 registry! string | Registry represents a single or multiple Quobyte Registry services specified as a string as host:port pair (multiple entries are separated with commas) which acts as the central registry for volumes
 2 volume! string | Volume is a string that references an already created Quobyte volume by name.
 3 readOnly bool | ReadOnly here will force the Quobyte volume to be mounted with read-only permissions. Defaults to false.
 4 user string | User to map volume access to Defaults to serivceaccount user
 5 group string | Group to map volume access to Default is no group
 6 tenant string | Tenant owning the given Quobyte volume in the Backend Used with dynamically provisioned Quobyte volumes, value is set by the plugin
core.v1.RBDVolumeSource | Represents a Rados Block Device mount that lasts the lifetime of a pod. RBD volumes support ownership management and SELinux relabeling.
 1 monitors! []string | A collection of Ceph monitors. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
 2 image! string | The rados image name. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
 3 fsType string | Filesystem type of the volume that you want to mount. Tip: Ensure that the filesystem type is supported by the host operating system. Examples: "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified. More info: https://kubernetes.io/docs/concepts/storage/volumes#rbd
 4 pool string | The rados pool name. Default is rbd. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
 5 user string | The rados user name. Default is admin. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
 6 keyring string | Keyring is the path to key ring for RBDUser. Default is /etc/ceph/keyring. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
 7 secretRef* LocalObjectReference | SecretRef is name of the authentication secret for RBDUser. If provided overrides keyring. Default is nil. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
 8 readOnly bool | ReadOnly here will force the ReadOnly setting in VolumeMounts. Defaults to false. More info: https://examples.k8s.io/volumes/rbd/README.md#how-to-use-it
core.v1.ResourceFieldSelector | ResourceFieldSelector represents container resources (cpu, memory) and their output format
 1 containerName string | Container name: required for volumes, optional for env vars
 2 resource! string | Required: resource to select
 3 divisor quantity | Specifies the output format of the exposed resources, defaults to "1"
core.v1.ResourceRequirements | ResourceRequirements describes the compute resource requirements.
 1 limits map:quantity | Limits describes the maximum amount of compute resources allowed. More info: https://kubernetes.io/docs/concepts/configuration/manage-compute-resources-container/
 2 requests map:quantity | Requests describes the minimum amount of compute resources required. If Requests is omitted for a container, it defaults to Limits if that is explicitly specified, otherwise to an implementation-defined value. More info: https://kubernetes.io/docs/concepts/configuration/manage-compute-resources-container/
core.v1.SELinuxOptions | SELinuxOptions are the labels to be applied to the container
 1 user string | User is a SELinux user label that applies to the container.
 2 role string | Role is a SELinux role label that applies to the container.
 3 type string | Type is a SELinux type label that applies to the container.
 4 level string | Level is SELinux level label that applies to the container.
core.v1.ScaleIOVolumeSource | ScaleIOVolumeSource represents a persistent ScaleIO volume
 1 gateway! string | The host address of the ScaleIO API Gateway.
 2 system! string | The name of the storage system as configured in ScaleIO.
 3 secretRef*! LocalObjectReference | SecretRef references to the secret for ScaleIO user and other sensitive information. If this is not provided, Login operation will fail.
 4 sslEnabled bool | Flag to enable/disable SSL communication with Gateway, default false
 5 protectionDomain string | The name of the ScaleIO Protection Domain for the configured storage.
 6 storagePool string | The ScaleIO Storage Pool associated with the protection domain.
 7 storageMode string | Indicates whether the storage for a volume should be ThickProvisioned or ThinProvisioned. Default is ThinProvisioned.
 8 volumeName string | The name of a volume already created in the ScaleIO system that is associated with this volume source.
 9 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". Default is "xfs".
 10 readOnly bool | Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
core.v1.SeccompProfile | SeccompProfile defines a pod/container's seccomp profile settings. Only one profile source may be set.
 1 type! string | type indicates which kind of seccomp profile will be applied. Valid options are: Localhost - a profile defined in a file on the node should be used. RuntimeDefault - the container runtime default profile should be used. Unconfined - no profile should be applied.
 2 localhostProfile* string | localhostProfile indicates a profile defined in a file on the node should be used. The profile must be preconfigured on the node to work. Must be a descending path, relative to the kubelet's configured seccomp profile location. Must only be set if type is "Localhost".
core.v1.Secret | Secret holds secret data of a certain type. The total bytes of the values in the Data field must be less than MaxSecretSize bytes.
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 5 immutable* bool | Immutable, if set to true, ensures that data stored in the Secret cannot be updated (only object metadata can be modified). If not set to true, the field can be modified at any time. Defaulted to nil. This is a beta field enabled by ImmutableEphemeralVolumes feature gate.
 2 data map:bytes | Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4
 4 stringData map:string | stringData allows specifying non-binary secret data in string form. It is provided as a write-only convenience method. All keys and values are merged into the data field on write, overwriting any existing values. It is never output when reading from the API.
 3 type string | Used to facilitate programmatic handling of secret data.
core.v1.SecretEnvSource | SecretEnvSource selects a Secret to populate the environment variables with. The contents of the target Secret's Data field will represent the key-value pairs as environment variables.
 1 localObjectReference& LocalObjectReference | The Secret to select from.
 2 optional* bool | Specify whether the Secret must be defined
core.v1.SecretKeySelector | SecretKeySelector selects a key of a Secret.
 1 localObjectReference& LocalObjectReference | The name of the secret in the pod's namespace to select from.
 2 key! string | The key of the secret to select from. Must be a valid secret key.
 3 optional* bool | Specify whether the Secret or its key must be defined
core.v1.SecretProjection | Adapts a secret into a projected volume. The contents of the target Secret's Data field will be presented in a projected volume as files using the keys in the Data field as the file names. Note that this is identical to a secret volume source without the default mode.
 1 localObjectReference& LocalObjectReference | 
 2 items []KeyToPath | If unspecified, each key-value pair in the Data field of the referenced Secret will be projected into the volume as a file whose name is the key and content is the value. If specified, the listed keys will be projected into the specified paths, and unlisted keys will not be present. If a key is specified which is not present in the Secret, the volume setup will error unless it is marked optional. Paths must be relative and may not contain the '..' path or start with '..'.
 4 optional* bool | Specify whether the Secret or its key must be defined
core.v1.SecretVolumeSource | Adapts a Secret into a volume. The contents of the target Secret's Data field will be presented in a volume as files using the keys in the Data field as the file names. Secret volumes support ownership management and SELinux relabeling.
 1 secretName string | Name of the secret in the pod's namespace to use. More info: https://kubernetes.io/docs/concepts/storage/volumes#secret
 2 items []KeyToPath | If unspecified, each key-value pair in the Data field of the referenced Secret will be projected into the volume as a file whose name is the key and content is the value. If specified, the listed keys will be projected into the specified paths, and unlisted keys will not be present. If a key is specified which is not present in the Secret, the volume setup will error unless it is marked optional. Paths must be relative and may not contain the '..' path or start with '..'.
 3 defaultMode* int32 | Optional: mode bits used to set permissions on created files by default. Must be an octal value between 0000 and 0777 or a decimal value between 0 and 511. YAML accepts both octal and decimal values, JSON requires decimal values for mode bits. Defaults to 0644. Directories within the path are not affected by this setting. This might be in conflict with other options that affect the file mode, like fsGroup, and the result can be other mode bits set.
 4 optional* bool | Specify whether the Secret or its keys must be defined
core.v1.SecurityContext | SecurityContext holds security configuration that will be applied to a container. Some fields are present in both SecurityContext and PodSecurityContext. When both are set, the values in SecurityContext take precedence.
 1 capabilities* Capabilities | The capabilities to add/drop when running containers. Defaults to the default set of capabilities granted by the container runtime.
 2 privileged* bool | Run container in privileged mode. Processes in privileged containers are essentially equivalent to root on the host. Defaults to false.
 3 seLinuxOptions* SELinuxOptions | The SELinux context to be applied to the container. If unspecified, the container runtime will allocate a random SELinux context for each container. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 10 windowsOptions* WindowsSecurityContextOptions | The Windows specific settings applied to all containers. If unspecified, the options from the PodSecurityContext will be used. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 4 runAsUser* int64 | The UID to run the entrypoint of the container process. Defaults to user specified in image metadata if unspecified. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 8 runAsGroup* int64 | The GID to run the entrypoint of the container process. Uses runtime default if unset. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 5 runAsNonRoot* bool | Indicates that the container must run as a non-root user. If true, the Kubelet will validate the image at runtime to ensure that it does not run as UID 0 (root) and fail to start the container if it does. If unset or false, no such validation will be performed. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
 6 readOnlyRootFilesystem* bool | Whether this container has a read-only root filesystem. Default is false.
 7 allowPrivilegeEscalation* bool | AllowPrivilegeEscalation controls whether a process can gain more privileges than its parent process. This bool directly controls if the no_new_privs flag will be set on the container process. AllowPrivilegeEscalation is true always when the container is: 1) run as Privileged 2) has CAP_SYS_ADMIN
 9 procMount* string | procMount denotes the type of proc mount to use for the containers. The default is DefaultProcMount which uses the container runtime defaults for readonly paths and masked paths. This requires the ProcMountType feature flag to be enabled.
 11 seccompProfile* SeccompProfile | The seccomp options to use by this container. If seccomp options are provided at both the pod & container level, the container options override the pod options.
core.v1.Service | Service is a named abstraction of software service (for example, mysql) consisting of local port (for example 3306) that the proxy listens on, and the selector that determines which pods will answer requests sent through the proxy.
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 spec ServiceSpec | Spec defines the behavior of a service. https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
 3 status ServiceStatus | Most recently observed status of the service. Populated by the system. Read-only. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
core.v1.ServiceAccount | ServiceAccount binds together: * a name, understood by users, and perhaps by peripheral systems, for an identity * a principal that can be authenticated and authorized * a set of secrets
 1 metadata meta.v1.ObjectMeta | Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 2 secrets []ObjectReference patch=merge key=name | Secrets is the list of secrets allowed to be used by pods running using this ServiceAccount. More info: https://kubernetes.io/docs/concepts/configuration/secret
 3 imagePullSecrets []LocalObjectReference | ImagePullSecrets is a list of references to secrets in the same namespace to use for pulling any images in pods that reference this ServiceAccount. ImagePullSecrets are distinct from Secrets because Secrets can be mounted in the pod, but ImagePullSecrets are only accessed by the kubelet. More info: https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod
 4 automountServiceAccountToken* bool | AutomountServiceAccountToken indicates whether pods running as this service account should have an API token automatically mounted. Can be overridden at the pod level.
core.v1.ServiceAccountTokenProjection | ServiceAccountTokenProjection represents a projected service account token volume. This projection can be used to insert a service account token into the pods runtime filesystem for use against APIs (Kubernetes API Server or otherwise).
 1 audience string | Audience is the intended audience of the token. A recipient of a token must identify itself with an identifier specified in the audience of the token, and otherwise should reject the token. The audience defaults to the identifier of the apiserver.
 2 expirationSeconds* int64 | ExpirationSeconds is the requested duration of validity of the service account token. As the token approaches expiration, the kubelet volume plugin will proactively rotate the service account token. The kubelet will start trying to rotate the token if the token is older than 80 percent of its time to live or if the token is older than 24 hours.Defaults to 1 hour and must be at least 10 minutes.
 3 path! string | Path is the path relative to the mount point of the file to project the token into.
core.v1.ServicePort | ServicePort contains information on service's port.
 1 name string | The name of this port within the service. This must be a DNS_LABEL. All ports within a ServiceSpec must have unique names. When considering the endpoints for a Service, this must match the 'name' field in the EndpointPort. Optional if only one ServicePort is defined on this service.
 2 protocol string | The IP protocol for this port. Supports "TCP", "UDP", and "SCTP". Default is TCP.
 6 appProtocol* string | The application protocol for this port. This field follows standard Kubernetes label syntax. Un-prefixed names are reserved for IANA standard service names (as per RFC-6335 and http://www.iana.org/assignments/service-names). Non-standard protocols should use prefixed names such as mycompany.com/my-custom-protocol. This is a beta field that is guarded by the ServiceAppProtocol feature gate and enabled by default.
 3 port! int32 | The port that will be exposed by this service.
 4 targetPort intorstring | Number or name of the port to access on the pods targeted by the service. Number must be in the range 1 to 65535. Name must be an IANA_SVC_NAME. If this is a string, it will be looked up as a named port in the target Pod's container ports. If this is not specified, the value of the 'port' field is used (an identity map). This field is ignored for services with clusterIP=None, and should be omitted or set equal to the 'port' field. More info: https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service
 5 nodePort int32 | The port on each node on which this service is exposed when type is NodePort or LoadBalancer. Usually assigned by the system. If a value is specified, in-range, and not in use it will be used, otherwise the operation will fail. If not specified, a port will be allocated if this Service requires one. If this field is specified when creating a Service which does not need it, creation will fail. This field will be wiped when updating a Service to no longer need it (e.g. changing type from NodePort to ClusterIP). More info: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
core.v1.ServiceSpec | ServiceSpec describes the attributes that a user creates on a service.
 1 ports []ServicePort patch=merge key=port list=map keys=port,protocol | The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies
 2 selector map:string | Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/
 3 clusterIP string | clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above). Valid values are "None", empty string (""), or a valid IP address. Setting this to "None" makes a "headless service" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required. Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies
 18 clusterIPs []string list=atomic | ClusterIPs is a list of IP addresses assigned to this service, and are usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be empty) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above). Valid values are "None", empty string (""), or a valid IP address. Setting this to "None" makes a "headless service" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required. Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. If this field is not specified, it will be initialized from the clusterIP field. If this field is specified, clients must ensure that clusterIPs[0] and clusterIP have the same value. Unless the "IPv6DualStack" feature gate is enabled, this field is limited to one value, which must be the same as the clusterIP field. If the feature gate is enabled, this field may hold a maximum of two entries (dual-stack IPs, in either order). These IPs must correspond to the values of the ipFamilies field. Both clusterIPs and ipFamilies are governed by the ipFamilyPolicy field. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies
 4 type string | type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. "ClusterIP" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is "None", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. "NodePort" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. "LoadBalancer" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. "ExternalName" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
 5 externalIPs []string | externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service. These IPs are not managed by Kubernetes. The user is responsible for ensuring that traffic arrives at a node with this IP. A common example is external load-balancers that are not part of the Kubernetes system.
 7 sessionAffinity string | Supports "ClientIP" and "None". Used to maintain session affinity. Enable client IP based session affinity. Must be ClientIP or None. Defaults to None. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies
 8 loadBalancerIP string | Only applies to Service Type: LoadBalancer LoadBalancer will get created with the IP specified in this field. This feature depends on whether the underlying cloud-provider supports specifying the loadBalancerIP when a load balancer is created. This field will be ignored if the cloud-provider does not support the feature.
 9 loadBalancerSourceRanges []string | If specified and supported by the platform, this will restrict traffic through the cloud-provider load-balancer will be restricted to the specified client IPs. This field will be ignored if the cloud-provider does not support the feature." More info: https://kubernetes.io/docs/tasks/access-application-cluster/configure-cloud-provider-firewall/
 10 externalName string | externalName is the external reference that discovery mechanisms will return as an alias for this service (e.g. a DNS CNAME record). No proxying will be involved. Must be a lowercase RFC-1123 hostname (https://tools.ietf.org/html/rfc1123) and requires Type to be
 11 externalTrafficPolicy string | externalTrafficPolicy denotes if this Service desires to route external traffic to node-local or cluster-wide endpoints. "Local" preserves the client source IP and avoids a second hop for LoadBalancer and Nodeport type services, but risks potentially imbalanced traffic spreading. "Cluster" obscures the client source IP and may cause a second hop to another node, but should have good overall load-spreading.
 12 healthCheckNodePort int32 | healthCheckNodePort specifies the healthcheck nodePort for the service. This only applies when type is set to LoadBalancer and externalTrafficPolicy is set to Local. If a value is specified, is in-range, and is not in use, it will be used. If not specified, a value will be automatically allocated. External systems (e.g. load-balancers) can use this port to determine if a given node holds endpoints for this service or not. If this field is specified when creating a Service which does not need it, creation will fail. This field will be wiped when updating a Service to no longer need it (e.g. changing type).
 13 publishNotReadyAddresses bool | publishNotReadyAddresses indicates that any agent which deals with endpoints for this Service should disregard any indications of ready/not-ready. The primary use case for setting this field is for a StatefulSet's Headless Service to propagate SRV DNS records for its Pods for the purpose of peer discovery. The Kubernetes controllers that generate Endpoints and EndpointSlice resources for Services interpret this to mean that all endpoints are considered "ready" even if the Pods themselves are not. Agents which consume only Kubernetes generated endpoints through the Endpoints or EndpointSlice resources can safely assume this behavior.
 14 sessionAffinityConfig* SessionAffinityConfig | sessionAffinityConfig contains the configurations of session affinity.
 16 topologyKeys []string | topologyKeys is a preference-order list of topology keys which implementations of services should use to preferentially sort endpoints when accessing this Service, it can not be used at the same time as externalTrafficPolicy=Local. Topology keys must be valid label keys and at most 16 keys may be specified. Endpoints are chosen based on the first topology key with available backends. If this field is specified and all entries have no backends that match the topology of the client, the service has no backends for that client and connections should fail. The special value "*" may be used to mean "any topology". This catch-all value, if used, only makes sense as the last value in the list. If this is not specified or empty, no topology constraints will be applied. This field is alpha-level and is only honored by servers that enable the ServiceTopology feature.
 19 ipFamilies []string list=atomic | IPFamilies is a list of IP families (e.g. IPv4, IPv6) assigned to this service, and is gated by the "IPv6DualStack" feature gate. This field is usually assigned automatically based on cluster configuration and the ipFamilyPolicy field. If this field is specified manually, the requested family is available in the cluster, and ipFamilyPolicy allows it, it will be used; otherwise creation of the service will fail. This field is conditionally mutable: it allows for adding or removing a secondary IP family, but it does not allow changing the primary IP family of the Service. Valid values are "IPv4" and "IPv6". This field only applies to Services of types ClusterIP, NodePort, and LoadBalancer, and does apply to "headless" services. This field will be wiped when updating a Service to type ExternalName. This field may hold a maximum of two entries (dual-stack families, in either order). These families must correspond to the values of the clusterIPs field, if specified. Both clusterIPs and ipFamilies are governed by the ipFamilyPolicy field.
 17 ipFamilyPolicy* string | IPFamilyPolicy represents the dual-stack-ness requested or required by this Service, and is gated by the "IPv6DualStack" feature gate. If there is no value provided, then this field will be set to SingleStack. Services can be "SingleStack" (a single IP family), "PreferDualStack" (two IP families on dual-stack configured clusters or a single IP family on single-stack clusters), or "RequireDualStack" (two IP families on dual-stack configured clusters, otherwise fail). The ipFamilies and clusterIPs fields depend on the value of this field. This field will be wiped when updating a service to type ExternalName.
 20 allocateLoadBalancerNodePorts* bool | allocateLoadBalancerNodePorts defines if NodePorts will be automatically allocated for services with type LoadBalancer. Default is "true". It may be set to "false" if the cluster load-balancer does not rely on NodePorts. allocateLoadBalancerNodePorts may only be set for services with type LoadBalancer and will be cleared if the type is changed to any other type. This field is alpha-level and is only honored by servers that enable the ServiceLBNodePortControl feature.
core.v1.ServiceStatus | ServiceStatus represents the current status of a service.
 1 loadBalancer LoadBalancerStatus | LoadBalancer contains the current status of the load-balancer, if one is present.
 2 conditions []meta.v1.Condition patch=merge key=type list=map keys=type | Current service state
core.v1.SessionAffinityConfig | SessionAffinityConfig represents the configurations of session affinity.
 1 clientIP* ClientIPConfig | clientIP contains the configurations of Client IP based session affinity.
core.v1.StorageOSVolumeSource | Represents a StorageOS persistent volume resource.
 1 volumeName string | VolumeName is the human-readable name of the StorageOS volume. Volume names are only unique within a namespace.
 2 volumeNamespace string | VolumeNamespace specifies the scope of the volume within StorageOS. If no namespace is specified then the Pod's namespace will be used. This allows the Kubernetes name scoping to be mirrored within StorageOS for tighter integration. Set VolumeName to any name to override the default behaviour. Set to "default" if you are not using namespaces within StorageOS. Namespaces that do not pre-exist within StorageOS will be created.
 3 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified.
 4 readOnly bool | Defaults to false (read/write). ReadOnly here will force the ReadOnly setting in VolumeMounts.
 5 secretRef* LocalObjectReference | SecretRef specifies the secret to use for obtaining the StorageOS API credentials. If not specified, default values will be attempted.
core.v1.Sysctl | Sysctl defines a kernel parameter to be set
 1 name! string | Name of a property to set
 2 value! string | Value of a property to set
core.v1.TCPSocketAction | TCPSocketAction describes an action based on opening a socket
 1 port! intorstring | Number or name of the port to access on the container. Number must be in the range 1 to 65535. Name must be an IANA_SVC_NAME.
 2 host string | Optional: Host name to connect to, defaults to the pod IP.
core.v1.Taint | The node this Taint is attached to has the "effect" on any pod that does not tolerate the Taint.
 1 key! string | Required. The taint key to be applied to a node.
 2 value string | The taint value corresponding to the taint key.
 3 effect! string | Required. The effect of the taint on pods that do not tolerate the taint. Valid effects are NoSchedule, PreferNoSchedule and NoExecute.
 4 timeAdded* time | TimeAdded represents the time at which the taint was added. It is only written for NoExecute taints.
core.v1.Toleration | The pod this Toleration is attached to tolerates any taint that matches the triple <key,value,effect> using the matching operator <operator>.
 1 key string | Key is the taint key that the toleration applies to. Empty means match all taint keys. If the key is empty, operator must be Exists; this combination means to match all values and all keys.
 2 operator string | Operator represents a key's relationship to the value. Valid operators are Exists and Equal. Defaults to Equal. Exists is equivalent to wildcard for value, so that a pod can tolerate all taints of a particular category.
 3 value string | Value is the taint value the toleration matches to. If the operator is Exists, the value should be empty, otherwise just a regular string.
 4 effect string | Effect indicates the taint effect to match. Empty means match all taint effects. When specified, allowed values are NoSchedule, PreferNoSchedule and NoExecute.
 5 tolerationSeconds* int64 | TolerationSeconds represents the period of time the toleration (which must be of effect NoExecute, otherwise this field is ignored) tolerates the taint. By default, it is not set, which means tolerate the taint forever (do not evict). Zero and negative values will be treated as 0 (evict immediately) by the system.
core.v1.TopologySpreadConstraint | TopologySpreadConstraint specifies how to spread matching pods among the given topology.
 1 maxSkew! int32 | MaxSkew describes the degree to which pods may be unevenly distributed. When 'whenUnsatisfiable=DoNotSchedule', it is the maximum permitted difference between the number of matching pods in the target topology and the global minimum. For example, in a 3-zone cluster, MaxSkew is set to 1, and pods with the same labelSelector spread as 1/1/0: / zone1 / zone2 / zone3 / / P / P / / - if MaxSkew is 1, incoming pod can only be scheduled to zone3 to become 1/1/1; scheduling it onto zone1(zone2) would make the ActualSkew(2-0) on zone1(zone2) violate MaxSkew(1). - if MaxSkew is 2, incoming pod can be scheduled onto any zone. When 'whenUnsatisfiable=ScheduleAnyway', it is used to give higher precedence to topologies that satisfy it. It's a required field. Default value is 1 and 0 is not allowed.
 2 topologyKey! string | TopologyKey is the key of node labels. Nodes that have a label with this key and identical values are considered to be in the same topology. We consider each <key, value> as a "bucket", and try to put balanced number of pods into each bucket. It's a required field.
 3 whenUnsatisfiable! string | WhenUnsatisfiable indicates how to deal with a pod if it doesn't satisfy the spread constraint. - DoNotSchedule (default) tells the scheduler not to schedule it. - ScheduleAnyway tells the scheduler to schedule the pod in any location, but giving higher precedence to topologies that would help reduce the skew. A constraint is considered "Unsatisfiable" for an incoming pod if and only if every possible node assigment for that pod would violate "MaxSkew" on some topology. For example, in a 3-zone cluster, MaxSkew is set to 1, and pods with the same labelSelector spread as 3/1/1: / zone1 / zone2 / zone3 / / P P P / P / P / If WhenUnsatisfiable is set to DoNotSchedule, incoming pod can only be scheduled to zone2(zone3) to become 3/2/1(3/1/2) as ActualSkew(2-1) on zone2(zone3) satisfies MaxSkew(1). In other words, the cluster can still be imbalanced, but scheduler won't make it *more* imbalanced. It's a required field.
 4 labelSelector* meta.v1.LabelSelector | LabelSelector is used to find matching pods. Pods that match this label selector are counted to determine the number of pods in their corresponding topology domain.
core.v1.TypedLocalObjectReference | TypedLocalObjectReference contains enough information to let you locate the typed referenced object inside the same namespace.
 1 apiGroup* string | APIGroup is the group for the resource being referenced. If APIGroup is not specified, the specified Kind must be in the core API group. For any other third-party types, APIGroup is required.
 2 kind! string | Kind is the type of resource being referenced
 3 name! string | Name is the name of resource being referenced
core.v1.Volume | Volume represents a named volume in a pod that may be accessed by any container in the pod.
 1 name! string | Volume's name. Must be a DNS_LABEL and unique within the pod. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names
 2 volumeSource& VolumeSource | VolumeSource represents the location and type of the mounted volume. If not specified, the Volume is implied to be an EmptyDir. This implied behavior is deprecated and will be removed in a future version.
core.v1.VolumeDevice | volumeDevice describes a mapping of a raw block device within a container.
 1 name! string | name must match the name of a persistentVolumeClaim in the pod
 2 devicePath! string | devicePath is the path inside of the container that the device will be mapped to.
core.v1.VolumeMount | VolumeMount describes a mounting of a Volume within a container.
 1 name! string | This must match the Name of a Volume.
 2 readOnly bool | Mounted read-only if true, read-write otherwise (false or unspecified). Defaults to false.
 3 mountPath! string | Path within the container at which the volume should be mounted. Must not contain ':'.
 4 subPath string | Path within the volume from which the container's volume should be mounted. Defaults to "" (volume's root).
 5 mountPropagation* string | mountPropagation determines how mounts are propagated from the host to container and the other way around. When not set, MountPropagationNone is used. This field is beta in 1.10.
 6 subPathExpr string | Expanded path within the volume from which the container's volume should be mounted. Behaves similarly to SubPath but environment variable references $(VAR_NAME) are expanded using the container's environment. Defaults to "" (volume's root). SubPathExpr and SubPath are mutually exclusive.
core.v1.VolumeProjection | Projection that may be projected along with other supported volume types
 1 secret* SecretProjection | information about the secret data to project
 2 downwardAPI* DownwardAPIProjection | information about the downwardAPI data to project
 3 configMap* ConfigMapProjection | information about the configMap data to project
 4 serviceAccountToken* ServiceAccountTokenProjection | information about the serviceAccountToken data to project
core.v1.VolumeSource | Represents the source of a volume to mount. Only one of its members may be specified.
 1 hostPath* HostPathVolumeSource | HostPath represents a pre-existing file or directory on the host machine that is directly exposed to the container. This is generally used for system agents or other privileged things that are allowed to see the host machine. Most containers will NOT need this. More info: https://kubernetes.io/docs/concepts/storage/volumes#hostpath
 2 emptyDir* EmptyDirVolumeSource | EmptyDir represents a temporary directory that shares a pod's lifetime. More info: https://kubernetes.io/docs/concepts/storage/volumes#emptydir
 3 gcePersistentDisk* GCEPersistentDiskVolumeSource | GCEPersistentDisk represents a GCE Disk resource that is attached to a kubelet's host machine and then exposed to the pod. More info: https://kubernetes.io/docs/concepts/storage/volumes#gcepersistentdisk
 4 awsElasticBlockStore* AWSElasticBlockStoreVolumeSource | AWSElasticBlockStore represents an AWS Disk resource that is attached to a kubelet's host machine and then exposed to the pod. More info: https://kubernetes.io/docs/concepts/storage/volumes#awselasticblockstore
 5 gitRepo* GitRepoVolumeSource | GitRepo represents a git repository at a particular revision. DEPRECATED: GitRepo is deprecated. To provision a container with a git repo, mount an EmptyDir into an InitContainer that clones the repo using git, then mount the EmptyDir into the Pod's container.
 6 secret* SecretVolumeSource | Secret represents a secret that should populate this volume. More info: https://kubernetes.io/docs/concepts/storage/volumes#secret
 7 nfs* NFSVolumeSource | NFS represents an NFS mount on the host that shares a pod's lifetime More info: https://kubernetes.io/docs/concepts/storage/volumes#nfs
 8 iscsi* ISCSIVolumeSource | ISCSI represents an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod. More info: https://examples.k8s.io/volumes/iscsi/README.md
 9 glusterfs* GlusterfsVolumeSource | Glusterfs represents a Glusterfs mount on the host that shares a pod's lifetime. More info: https://examples.k8s.io/volumes/glusterfs/README.md
 10 persistentVolumeClaim* PersistentVolumeClaimVolumeSource | PersistentVolumeClaimVolumeSource represents a reference to a PersistentVolumeClaim in the same namespace. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#persistentvolumeclaims
 11 rbd* RBDVolumeSource | RBD represents a Rados Block Device mount on the host that shares a pod's lifetime. More info: https://examples.k8s.io/volumes/rbd/README.md
 12 flexVolume* FlexVolumeSource | FlexVolume represents a generic volume resource that is provisioned/attached using an exec based plugin.
 13 cinder* CinderVolumeSource | Cinder represents a cinder volume attached and mounted on kubelets host machine. More info: https://examples.k8s.io/mysql-cinder-pd/README.md
 14 cephfs* CephFSVolumeSource | CephFS represents a Ceph FS mount on the host that shares a pod's lifetime
 15 flocker* FlockerVolumeSource | Flocker represents a Flocker volume attached to a kubelet's host machine. This depends on the Flocker control service being running
 16 downwardAPI* DownwardAPIVolumeSource | DownwardAPI represents downward API about the pod that should populate this volume
 17 fc* FCVolumeSource | FC represents a Fibre Channel resource that is attached to a kubelet's host machine and then exposed to the pod.
 18 azureFile* AzureFileVolumeSource | AzureFile represents an Azure File Service mount on the host and bind mount to the pod.
 19 configMap* ConfigMapVolumeSource | ConfigMap represents a configMap that should populate this volume
 20 vsphereVolume* VsphereVirtualDiskVolumeSource | VsphereVolume represents a vSphere volume attached and mounted on kubelets host machine
 21 quobyte* QuobyteVolumeSource | Quobyte represents a Quobyte mount on the host that shares a pod's lifetime
 22 azureDisk* AzureDiskVolumeSource | AzureDisk represents an Azure Data Disk mount on the host and bind mount to the pod.
 23 photonPersistentDisk* PhotonPersistentDiskVolumeSource | PhotonPersistentDisk represents a PhotonController persistent disk attached and mounted on kubelets host machine
 26 projected* ProjectedVolumeSource | Items for all in one resources secrets, configmaps, and downward API
 24 portworxVolume* PortworxVolumeSource | PortworxVolume represents a portworx volume attached and mounted on kubelets host machine
 25 scaleIO* ScaleIOVolumeSource | ScaleIO represents a ScaleIO persistent volume attached and mounted on Kubernetes nodes.
 27 storageos* StorageOSVolumeSource | StorageOS represents a StorageOS volume attached and mounted on Kubernetes nodes.
 28 csi* CSIVolumeSource | CSI (Container Storage Interface) represents ephemeral storage that is handled by certain external CSI drivers (Beta feature).
 29 ephemeral* EphemeralVolumeSource | Ephemeral represents a volume that is handled by a cluster storage driver (Alpha feature). The volume's lifecycle is tied to the pod that defines it - it will be created before the pod starts, and deleted when the pod is removed. Use this if: a) the volume is only needed while the pod runs, b) features of normal volumes like restoring from snapshot or capacity tracking are needed, c) the storage driver is specified through a storage class, and d) the storage driver supports dynamic volume provisioning through a PersistentVolumeClaim (see EphemeralVolumeSource for more information on the connection between this volume type and PersistentVolumeClaim). Use PersistentVolumeClaim or one of the vendor-specific APIs for volumes that persist for longer than the lifecycle of an individual pod. Use CSI for light-weight local ephemeral volumes if the CSI driver is meant to be used that way - see the documentation of the driver for more information. A pod can use both types of ephemeral volumes and persistent volumes at the same time.
core.v1.VsphereVirtualDiskVolumeSource | Represents a vSphere volume resource.
 1 volumePath! string | Path that identifies vSphere volume vmdk
 2 fsType string | Filesystem type to mount. Must be a filesystem type supported by the host operating system. Ex. "ext4", "xfs", "ntfs". Implicitly inferred to be "ext4" if unspecified.
 3 storagePolicyName string | Storage Policy Based Management (SPBM) profile name.
 4 storagePolicyID string | Storage Policy Based Management (SPBM) profile ID associated with the StoragePolicyName.
core.v1.WeightedPodAffinityTerm | The weights of all of the matched WeightedPodAffinityTerm fields are added per-node to find the most preferred node(s)
 1 weight! int32 | weight associated with matching the corresponding podAffinityTerm, in the range 1-100.
 2 podAffinityTerm! PodAffinityTerm | Required. A pod affinity term, associated with the corresponding weight.
core.v1.WindowsSecurityContextOptions | WindowsSecurityContextOptions contain Windows-specific options and credentials.
 1 gmsaCredentialSpecName* string | GMSACredentialSpecName is the name of the GMSA credential spec to use.
 2 gmsaCredentialSpec* string | GMSACredentialSpec is where the GMSA admission webhook (https://github.com/kubernetes-sigs/windows-gmsa) inlines the contents of the GMSA credential spec named by the GMSACredentialSpecName field.
 3 runAsUserName* string | The UserName in Windows to run the entrypoint of the container process. Defaults to the user specified in image metadata if unspecified. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
discovery.v1.Endpoint | Endpoint represents a single logical "backend" implementing a service.
 1 addresses! []string list=set | addresses of this endpoint. The contents of this field are interpreted according to the corresponding EndpointSlice addressType field. Consumers must handle different types of addresses in the context of their own capabilities. This must contain at least one address but no more than 100.
 2 conditions EndpointConditions | conditions contains information about the current status of the endpoint.
 3 hostname* string | hostname of this endpoint. This field may be used by consumers of endpoints to distinguish endpoints from each other (e.g. in DNS names). Multiple endpoints which use the same hostname should be considered fungible (e.g. multiple A values in DNS). Must be lowercase and pass DNS Label (RFC 1123) validation.
 4 targetRef* core.v1.ObjectReference | targetRef is a reference to a Kubernetes object that represents this endpoint.
 5 topology map:string | topology contains arbitrary topology information associated with the endpoint. These key/value pairs must conform with the label format. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels Topology may include a maximum of 16 key/value pairs. This includes, but is not limited to the following well known keys: * kubernetes.io/hostname: the value indicates the hostname of the node where the endpoint is located. This should match the corresponding node label. * topology.kubernetes.io/zone: the value indicates the zone where the endpoint is located. This should match the corresponding node label. * topology.kubernetes.io/region: the value indicates the region where the endpoint is located. This should match the corresponding node label. This field is deprecated and will be removed in future api versions.
 6 nodeName* string | nodeName represents the name of the Node hosting this endpoint. This can be used to determine endpoints local to a Node. This field can be enabled with the EndpointSliceNodeName feature gate.
discovery.v1.EndpointConditions | EndpointConditions represents the current condition of an endpoint.
 1 ready* bool | ready indicates that this endpoint is prepared to receive traffic, according to whatever system is managing the endpoint. A nil value indicates an unknown state. In most cases consumers should interpret this unknown state as ready. For compatibility reasons, ready should never be "true" for terminating endpoints.
 2 serving* bool | serving is identical to ready except that it is set regardless of the terminating state of endpoints. This condition should be set to true for a ready endpoint that is terminating. If nil, consumers should defer to the ready condition. This field can be enabled with the EndpointSliceTerminatingCondition feature gate.
 3 terminating* bool | terminating indicates that this endpoint is terminating. A nil value indicates an unknown state. Consumers should interpret this unknown state to mean that the endpoint is not terminating. This field can be enabled with the EndpointSliceTerminatingCondition feature gate.
discovery.v1.EndpointPort | EndpointPort represents a Port used by an EndpointSlice
 1 name* string | The name of this port. All ports in an EndpointSlice must have a unique name. If the EndpointSlice is dervied from a Kubernetes service, this corresponds to the Service.ports[].name. Name must either be an empty string or pass DNS_LABEL validation: * must be no more than 63 characters long. * must consist of lower case alphanumeric characters or '-'. * must start and end with an alphanumeric character. Default is empty string.
 2 protocol* string | The IP protocol for this port. Must be UDP, TCP, or SCTP. Default is TCP.
 3 port* int32 | The port number of the endpoint. If this is not specified, ports are not restricted and must be interpreted in the context of the specific consumer.
 4 appProtocol* string | The application protocol for this port. This field follows standard Kubernetes label syntax. Un-prefixed names are reserved for IANA standard service names (as per RFC-6335 and http://www.iana.org/assignments/service-names). Non-standard protocols should use prefixed names such as mycompany.com/my-custom-protocol.
discovery.v1.EndpointSlice | EndpointSlice represents a subset of the endpoints that implement a service. For a given service there may be multiple EndpointSlice objects, selected by labels, which must be joined to produce the full set of endpoints.
 1 metadata meta.v1.ObjectMeta | Standard object's metadata.
 4 addressType! string | addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name.
 2 endpoints! []Endpoint list=atomic | endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.
 3 ports []EndpointPort list=atomic | ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. When ports is empty, it indicates that there are no defined ports. When a port is defined with a nil port value, it indicates "all ports". Each slice may include a maximum of 100 ports.
meta.v1.Condition | Condition contains details for one aspect of the current state of this API Resource.
 1 type! string | type of condition in CamelCase or in foo.example.com/CamelCase.
 2 status! string | status of the condition, one of True, False, Unknown.
 3 observedGeneration int64 | observedGeneration represents the .metadata.generation that the condition was set based upon. For instance, if .metadata.generation is currently 12, but the .status.conditions[x].observedGeneration is 9, the condition is out of date with respect to the current state of the instance.
 4 lastTransitionTime! time | lastTransitionTime is the last time the condition transitioned from one status to another. This should be when the underlying condition changed. If that is not known, then using the time when the API field changed is acceptable.
 5 reason! string | reason contains a programmatic identifier indicating the reason for the condition's last transition. Producers of specific condition types may define expected values and meanings for this field, and whether the values are considered a guaranteed API. The value should be a CamelCase string. This field may not be empty.
 6 message! string | message is a human readable message indicating details about the transition. This may be an empty string.
meta.v1.DeleteOptions | DeleteOptions may be provided when deleting an API object.
 1 gracePeriodSeconds* int64 | The duration in seconds before the object should be deleted. Value must be non-negative integer. The value zero indicates delete immediately. If this value is nil, the default grace period for the specified type will be used. Defaults to a per object value if not specified. zero means delete immediately.
 2 preconditions* Preconditions | Must be fulfilled before a deletion is carried out. If not possible, a 409 Conflict status will be returned.
 3 orphanDependents* bool | Deprecated: please use the PropagationPolicy, this field will be deprecated in 1.7. Should the dependent objects be orphaned. If true/false, the "orphan" finalizer will be added to/removed from the object's finalizers list. Either this field or PropagationPolicy may be set, but not both.
 4 propagationPolicy* string | Whether and how garbage collection will be performed. Either this field or OrphanDependents may be set, but not both. The default policy is decided by the existing finalizer set in the metadata.finalizers and the resource-specific default policy. Acceptable values are: 'Orphan' - orphan the dependents; 'Background' - allow the garbage collector to delete the dependents in the background; 'Foreground' - a cascading policy that deletes all dependents in the foreground.
 5 dryRun []string | When present, indicates that modifications should not be persisted. An invalid or unrecognized dryRun directive will result in an error response and no further processing of the request. Valid values are: - All: all dry run stages will be processed
meta.v1.LabelSelector | A label selector is a label query over a set of resources. The result of matchLabels and matchExpressions are ANDed. An empty label selector matches all objects. A null label selector matches no objects.
 1 matchLabels map:string | matchLabels is a map of {key,value} pairs. A single {key,value} in the matchLabels map is equivalent to an element of matchExpressions, whose key field is "key", the operator is "In", and the values array contains only "value". The requirements are ANDed.
 2 matchExpressions []LabelSelectorRequirement | matchExpressions is a list of label selector requirements. The requirements are ANDed.
meta.v1.LabelSelectorRequirement | A label selector requirement is a selector that contains values, a key, and an operator that relates the key and values.
 1 key! string patch=merge key=key | key is the label key that the selector applies to.
 2 operator! string | operator represents a key's relationship to a set of values. Valid operators are In, NotIn, Exists and DoesNotExist.
 3 values []string | values is an array of string values. If the operator is In or NotIn, the values array must be non-empty. If the operator is Exists or DoesNotExist, the values array must be empty. This array is replaced during a strategic merge patch.
meta.v1.ListMeta | ListMeta describes metadata that synthetic resources must have, including lists and various status objects. A resource may have only one of {ObjectMeta, ListMeta}.
 1 selfLink string | selfLink is a URL representing this object. Populated by the system. Read-only. DEPRECATED Kubernetes will stop propagating this field in 1.20 release and the field is planned to be removed in 1.21 release.
 2 resourceVersion string | String that identifies the server's internal version of this object that can be used by clients to determine when objects have changed. Value must be treated as opaque by clients and passed unmodified back to the server. Populated by the system. Read-only. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#concurrency-control-and-consistency
 3 continue string | continue may be set if the user set a limit on the number of items returned, and indicates that the server has more data available. The value is opaque and may be used to issue another request to the endpoint that served this list to retrieve the next set of available objects. Continuing a consistent list may not be possible if the server configuration has changed or more than a few minutes have passed. The resourceVersion field returned when using this continue value will be identical to the value in the first response, unless you have received this token from an error message.
 4 remainingItemCount* int64 | remainingItemCount is the number of subsequent items in the list which are not included in this list response. If the list request contained label or field selectors, then the number of remaining items is unknown and the field will be left unset and omitted during serialization. If the list is complete (either because it is not chunking or because this is the last chunk), then there are no more remaining items and this field will be left unset and omitted during serialization. Servers older than v1.15 do not set this field. The intended use of the remainingItemCount is *estimating* the size of a collection. Clients should not rely on the remainingItemCount to be set or to be exact.
meta.v1.ManagedFieldsEntry | ManagedFieldsEntry is a workflow-id, a FieldSet and the group version of the resource that the fieldset applies to.
 1 manager string | Manager is an identifier of the workflow managing these fields.
 2 operation string | Operation is the type of operation which lead to this ManagedFieldsEntry being created. The only valid values for this field are 'Apply' and 'Update'.
 3 apiVersion string | APIVersion defines the version of this resource that this field set applies to. The format is "group/version" just like the top-level APIVersion field. It is necessary to track the version of a field set because it cannot be automatically converted.
 4 time* time | Time is timestamp of when these fields were set. It should always be empty if Operation is 'Apply'
 6 fieldsType string | FieldsType is the discriminator for the different fields format and version. There is currently only one possible value: "FieldsV1"
 7 fieldsV1* fieldsv1 | FieldsV1 holds the first JSON version format as described in the "FieldsV1" type.
meta.v1.ObjectMeta | ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.
 1 name string | Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: http://kubernetes.io/docs/user-guide/identifiers#names
 2 generateName string | GenerateName is an optional prefix, used by the server, to generate a unique name ONLY IF the Name field has not been provided. If this field is used, the name returned to the client will be different than the name passed. This value will also be combined with a unique suffix. The provided value has the same validation rules as the Name field, and may be truncated by the length of the suffix required to make the value unique on the server. If this field is specified and the generated name exists, the server will NOT return a 409 - instead, it will either return 201 Created or 500 with Reason ServerTimeout indicating a unique name could not be found in the time allotted, and the client should retry (optionally after the time indicated in the Retry-After header). Applied only if Name is not specified. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#idempotency
 3 namespace string | Namespace defines the space within which each name must be unique. An empty namespace is equivalent to the "default" namespace, but "default" is the canonical representation. Not all objects are required to be scoped to a namespace - the value of this field for those objects will be empty. Must be a DNS_LABEL. Cannot be updated. More info: http://kubernetes.io/docs/user-guide/namespaces
 4 selfLink string | SelfLink is a URL representing this object. Populated by the system. Read-only. DEPRECATED Kubernetes will stop propagating this field in 1.20 release and the field is planned to be removed in 1.21 release.
 5 uid string | UID is the unique in time and space value for this object. It is typically generated by the server on successful creation of a resource and is not allowed to change on PUT operations. Populated by the system. Read-only. More info: http://kubernetes.io/docs/user-guide/identifiers#uids
 6 resourceVersion string | An opaque value that represents the internal version of this object that can be used by clients to determine when objects have changed. May be used for optimistic concurrency, change detection, and the watch operation on a resource or set of resources. Clients must treat these values as opaque and passed unmodified back to the server. They may only be valid for a particular resource or set of resources. Populated by the system. Read-only. Value must be treated as opaque by clients and . More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#concurrency-control-and-consistency
 7 generation int64 | A sequence number representing a specific generation of the desired state. Populated by the system. Read-only.
 8 creationTimestamp time | CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC. Populated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 9 deletionTimestamp* time | DeletionTimestamp is RFC 3339 date and time at which this resource will be deleted. This field is set by the server when a graceful deletion is requested by the user, and is not directly settable by a client. The resource is expected to be deleted (no longer visible from resource lists, and not reachable by name) after the time in this field, once the finalizers list is empty. As long as the finalizers list contains items, deletion is blocked. Once the deletionTimestamp is set, this value may not be unset or be set further into the future, although it may be shortened or the resource may be deleted prior to this time. For example, a user may request that a pod is deleted in 30 seconds. The Kubelet will react by sending a graceful termination signal to the containers in the pod. After that 30 seconds, the Kubelet will send a hard termination signal (SIGKILL) to the container and after cleanup, remove the pod from the API. In the presence of network partitions, this object may still exist after this timestamp, until an administrator or automated process can determine the resource is fully terminated. If not set, graceful deletion of the object has not been requested. Populated by the system when a graceful deletion is requested. Read-only. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
 10 deletionGracePeriodSeconds* int64 | Number of seconds allowed for this object to gracefully terminate before it will be removed from the system. Only set when deletionTimestamp is also set. May only be shortened. Read-only.
 11 labels map:string | Map of string keys and values that can be used to organize and categorize (scope and select) objects. May match selectors of replication controllers and services. More info: http://kubernetes.io/docs/user-guide/labels
 12 annotations map:string | Annotations is an unstructured key value map stored with a resource that may be set by external tools to store and retrieve arbitrary metadata. They are not queryable and should be preserved when modifying objects. More info: http://kubernetes.io/docs/user-guide/annotations
 13 ownerReferences []OwnerReference patch=merge key=uid | List of objects depended by this object. If ALL objects in the list have been deleted, this object will be garbage collected. If this object is managed by a controller, then an entry in this list will point to this controller, with the controller field set to true. There cannot be more than one managing controller.
 14 finalizers []string patch=merge | Must be empty before the object is deleted from the registry. Each entry is an identifier for the responsible component that will remove the entry from the list. If the deletionTimestamp of the object is non-nil, entries in this list can only be removed. Finalizers may be processed and removed in any order. Order is NOT enforced because it introduces significant risk of stuck finalizers. finalizers is a shared field, any actor with permission can reorder it. If the finalizer list is processed in order, then this can lead to a situation in which the component responsible for the first finalizer in the list is waiting for a signal (field value, external system, or other) produced by a component responsible for a finalizer later in the list, resulting in a deadlock. Without enforced ordering finalizers are free to order amongst themselves and are not vulnerable to ordering changes in the list.
 15 clusterName string | The name of the cluster which the object belongs to. This is used to distinguish resources with same name and namespace in different clusters. This field is not set anywhere right now and apiserver is going to ignore it if set in create or update request.
 17 managedFields []ManagedFieldsEntry | ManagedFields maps workflow-id and version to the set of fields that are managed by that workflow. This is mostly for internal housekeeping, and users typically shouldn't need to set or understand this field. A workflow can be the user's name, a controller's name, or the name of a specific apply path like "ci-cd". The set of fields is always in the version that the workflow used when modifying the object.
meta.v1.OwnerReference | OwnerReference contains enough information to let you identify an owning object. An owning object must be in the same namespace as the dependent, or be cluster-scoped, so there is no namespace field.
 5 apiVersion! string | API version of the referent.
 1 kind! string | Kind of the referent. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
 3 name! string | Name of the referent. More info: http://kubernetes.io/docs/user-guide/identifiers#names
 4 uid! string | UID of the referent. More info: http://kubernetes.io/docs/user-guide/identifiers#uids
 6 controller* bool | If true, this reference points to the managing controller.
 7 blockOwnerDeletion* bool | If true, AND if the owner has the "foregroundDeletion" finalizer, then the owner cannot be deleted from the key-value store until this reference is removed. Defaults to false. To set this field, a user needs "delete" permission of the owner, otherwise 422 (Unprocessable Entity) will be returned.
meta.v1.Preconditions | Preconditions must be fulfilled before an operation (update, delete, etc.) is carried out.
 1 uid* string | Specifies the target UID.
 2 resourceVersion* string | Specifies the target ResourceVersion
meta.v1.Status | Status is a return value for calls that don't return other objects.
 1 metadata ListMeta | Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
 2 status string | Status of the operation. One of: "Success" or "Failure". More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status
 3 message string | A human-readable description of the status of this operation.
 4 reason string | A machine-readable description of why this operation is in the "Failure" status. If this value is empty there is no information available. A Reason clarifies an HTTP status code but does not override it.
 5 details* StatusDetails | Extended data associated with the reason. Each reason may define its own extended details. This field is optional and the data returned is not guaranteed to conform to any schema except that defined by the reason type.
 6 code int32 | Suggested HTTP return code for this status, 0 if not set.
meta.v1.StatusCause | StatusCause provides more information about an api.Status failure, including cases when multiple errors are encountered.
 1 reason string | A machine-readable description of the cause of the error. If this value is empty there is no information available.
 2 message string | A human-readable description of the cause of the error. This field may be presented as-is to a reader.
 3 field string | The field of the resource that has caused this error, as named by its JSON serialization. May include dot and postfix notation for nested attributes. Arrays are zero-indexed. Fields may appear more than once in an array of causes due to fields having multiple errors. Optional. Examples: "name" - the field "name" on the current resource "items[0].name" - the field "name" on the first array entry in "items"
meta.v1.StatusDetails | StatusDetails is a set of additional properties that MAY be set by the server to provide additional information about a response. The Reason field of a Status object defines what attributes will be set. Clients must ignore fields that do not match the defined type of each attribute, and should assume that any attribute may be empty, invalid, or under defined.
 1 name string | The name attribute of the resource associated with the status StatusReason (when there is a single name which can be described).
 2 group string | The group attribute of the resource associated with the status StatusReason.
 3 kind string | The kind attribute of the resource associated with the status StatusReason. On some operations may differ from the requested resource Kind. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
 6 uid string | UID of the resource. (when there is a single resource which can be described). More info: http://kubernetes.io/docs/user-guide/identifiers#uids
 4 causes []StatusCause | The Causes array includes more details associated with the StatusReason failure. Not all StatusReasons may provide detailed causes.
 5 retryAfterSeconds int32 | If specified, the time in seconds before the operation should be retried. Some errors may indicate the client must take an alternate action - for those errors this field may indicate how long to wait before taking the alternate action.
policy.v1.Eviction | Eviction evicts a pod from its node subject to certain policies and safety constraints. This is a subresource of Pod. A request to cause such an eviction is created by POSTing to .../pods/<pod name>/evictions.
 1 metadata meta.v1.ObjectMeta | ObjectMeta describes the pod that is being evicted.
 2 deleteOptions* meta.v1.DeleteOptions | DeleteOptions may be provided
policy.v1.PodDisruptionBudget | PodDisruptionBudget is an object to define the max disruption that can be caused to a collection of pods
 1 metadata meta.v1.ObjectMeta | 
 2 spec PodDisruptionBudgetSpec | Specification of the desired behavior of the PodDisruptionBudget.
 3 status PodDisruptionBudgetStatus | Most recently observed status of the PodDisruptionBudget.
policy.v1.PodDisruptionBudgetSpec | PodDisruptionBudgetSpec is a description of a PodDisruptionBudget.
 1 minAvailable* intorstring | An eviction is allowed if at least "minAvailable" pods selected by "selector" will still be available after the eviction, i.e. even in the absence of the evicted pod. So for example you can prevent all voluntary evictions by specifying "100%".
 2 selector* meta.v1.LabelSelector | Label query over pods whose evictions are managed by the disruption budget.
 3 maxUnavailable* intorstring | An eviction is allowed if at most "maxUnavailable" pods selected by "selector" are unavailable after the eviction, i.e. even in absence of the evicted pod. For example, one can prevent all voluntary evictions by specifying 0. This is a mutually exclusive setting with "minAvailable".
policy.v1.PodDisruptionBudgetStatus | PodDisruptionBudgetStatus represents information about the status of a PodDisruptionBudget. Status may trail the actual state of a system.
 1 observedGeneration int64 | Most recent generation observed when updating this PDB status. DisruptionsAllowed and other status information is valid only if observedGeneration equals to PDB's object generation.
 2 disruptedPods map:time | DisruptedPods contains information about pods whose eviction was processed by the API server eviction subresource handler but has not yet been observed by the PodDisruptionBudget controller. A pod will be in this map from the time when the API server processed the eviction request to the time when the pod is seen by PDB controller as having been marked for deletion (or after a timeout). The key in the map is the name of the pod and the value is the time when the API server processed the eviction request. If the deletion didn't occur and a pod is still there it will be removed from the list automatically by PodDisruptionBudget controller after some time. If everything goes smooth this map should be empty for the most of the time. Large number of entries in the map may indicate problems with pod deletions.
 3 disruptionsAllowed! int32 | Number of pod disruptions that are currently allowed.
 4 currentHealthy! int32 | current number of healthy pods
 5 desiredHealthy! int32 | minimum desired number of healthy pods
 6 expectedPods! int32 | total number of pods counted by this disruption budget
`
