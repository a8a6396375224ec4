/**
 * The door of the CRDT: what every node knows, how it is merged, and the gate before it. Pure and synchronous.
 *
 * @module
 */

// ---- who, what, where
export type { NodeId, Signer, Trust } from './identity.ts'
export { documentKey, namespaceKey, parseKey } from './key.ts'
export type { DocumentKey, KeyParts } from './key.ts'
export type * from './facts.ts'
export type { KubeObject, ObjectMeta, OwnerReference, StoredObject } from './object.ts'
export type { Fact, FieldError, KindPort, ListKeys } from './kind-port.ts'

// ---- the replica: everything this node knows, and the gate before it
export { Replica } from './replica.ts'
export type { EnvelopeFilter, ReplicaOptions } from './replica.ts'
export type { CutBounds } from './compaction.ts'
export type { Copied } from './copied.ts'
export type { Conflict, ConflictSide, Equivocation, ReplicaListener, StoredRecord } from './listener.ts'
export type { Envelope } from './envelope.ts'
export { WriteRefused } from './receipt.ts'
export type { Receipt, WriteRefusal } from './receipt.ts'
export type { Digest } from './digest.ts'

// ---- sync: repair between two replicas
export { SyncSession } from './sync.ts'
export { MARKS, collectReached, reached } from './reached.ts'
export type { Mark } from './reached.ts'
export type { SyncOutcome } from './sync.ts'

// ---- objects/ and view.ts (the objects builder adds its lines below this one)
export { KINDS, apiVersionOf, groupOf, kindOf, kindOfPlural, rulesOf } from './objects/kinds.ts'
export type { Kind } from './objects/kinds.ts'
export type { Schema } from './objects/schema.ts'
export { kubernetes, kubernetesBeside } from './objects/vocabulary.ts'
export { checkManifest, validate, validateUpdate } from './objects/validate.ts'
export { describeErrors } from './objects/field-error.ts'
export { clashes, complete, keyOf, prepare, unsupported, withDefaults } from './objects/prepare.ts'
export type { PrepareOptions } from './objects/prepare.ts'
export { isSealed, LAST_APPLIED, withStringData, withoutValues } from './objects/config.ts'
export { configDocument, configsOf, contentsNow, parseReference } from './objects/config-use.ts'
export type { ConfigKind, ConfigReference, ContentHashOf, Contents } from './objects/config-use.ts'
export { contentHash, contentNamed, contentOf, keptContents, withContents } from './objects/kept.ts'
export type { Content } from './objects/kept.ts'
export {
  managedFieldsOf,
  managerKey,
  isManagerName,
  MANAGER_NAME_CHARS_MAX,
  standingManagers,
  withManagers,
} from './objects/managers.ts'
export type { Manager, ManagerOperation } from './objects/managers.ts'
export * from './field-tree.ts'
export { followsConfig, stampedNow } from './objects/on-change.ts'
export { mayRollBack, rolledBack } from './objects/rollback.ts'
export { revisionsOf, templateHash } from './objects/revision.ts'
export type { Revision } from './objects/revision.ts'
export { parseLabelSelector, selects } from './objects/selector.ts'
export type { LabelSelector, Labels } from './objects/selector.ts'
export { parseImage } from './objects/image.ts'
export { cpuMilli, memoryBytes, parseQuantity } from './objects/quantity.ts'
export { USED_CONTAINERS_MAX } from './objects/parse-fact.ts'
export { safeText } from './objects/meta.ts'
export { timestamp } from './timestamp.ts'
export { timestampMs } from './timestamp-ms.ts'
export { sha256, sha256Hex } from './sha256.ts'
export { finalizersOf, FOREGROUND, isForeground, isMarked, ORPHAN, withDeletion } from './objects/deletion.ts'
export { DEFAULT_NAMESPACE } from './objects/namespace.ts'
export { DEFAULT_ACCOUNT, serviceAccountKey } from './objects/service-account.ts'
export type { KubeEvent, ObjectReference } from './objects/event.ts'
export { GRACE_SECONDS_MAX } from './objects/container.ts'
export { withDeparted, withReturned } from './objects/node.ts'
export type { Drain, Verdict } from './objects/node.ts'
export { isPlain } from './objects/plain.ts'
export type { PodSpec } from './objects/pod-template.ts'
export { oomScore } from './objects/quality-of-service.ts'
export { SAFE_SYSCTLS } from './objects/pod-security-controls.ts'
export {
  podSecurityLevel,
  podSecurityRefusal,
  podSecurityRemedy,
  podSecurityViolations,
  templateIn,
} from './objects/pod-security.ts'
export type { PodSecurityLevel, PodSecurityMode, SecurityTemplate } from './objects/pod-security.ts'
export { View } from './view.ts'
export type { ViewListener } from './view.ts'
export type { ListFilter } from './view/shown.ts'
export { bidKey } from './view/keys.ts'
export {
  AGENT_GRACE_MS,
  hasEnded,
  isEndpointReady,
  isForsaken,
  isReady,
  isYetToEnd,
  RUNTIME_SILENT,
} from './view/rows.ts'
export { END_ANNOTATION, podLabels, revisionOf, workloadOf } from './view/workloads.ts'
export type { Definition } from './view/definitions.ts'
export { CLEANUP } from './view/present-definition.ts'
export type { DefinitionVersion } from './objects/definition.ts'
export { scalePath } from './objects/definition.ts'
export { DEFINITIONS, definitionKey, isDefinedGroup, originOf } from './definitions/custom.ts'
export { SCHEMA_DEPTH_MAX } from './definitions/pack.ts'
export type { JsonSchema } from './definitions/schema.ts'
export { checkValue } from './definitions/values.ts'
export { pruned, withSchemaDefaults } from './definitions/shape.ts'
export { Findings } from './objects/field-error.ts'
export type { Proposal, Reading } from './view/autoscaling.ts'
export { budgetStanding, isBudgetOf } from './view/budgets.ts'
export type * from './view/rows.ts'
export { warmUp } from './warm-up.ts'
