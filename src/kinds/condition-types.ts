/**
 * Types of conditions that are Sluice's on an object, or in an entry of a status, that is Sluice's: those of Gateway API in
 * this release and earlier ones, and those of Envoy Gateway that Sluice sets. Any other type belongs to another writer.
 * https://gateway-api.sigs.k8s.io/reference/spec/#gatewayconditiontype
 */
export const ownConditionTypes = [
  'Accepted',
  'AddressesAssigned',
  'Aggregated',
  'AttachedListenerSets',
  'Conflicted',
  'Detached',
  'InsecureFrontendValidationMode',
  'Merged',
  'OverlappingTLSConfig',
  'Overridden',
  'PartiallyInvalid',
  'Programmed',
  'Ready',
  'ResolvedRefs',
  'Scheduled',
  'SupportedVersion',
  'Warning',
] as const;

export type OwnConditionType = (typeof ownConditionTypes)[number] | `sluice.dev/${string}`;
