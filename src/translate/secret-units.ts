import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { resourceKey } from '../lib/key.ts';
import { authoritiesSource } from '../units/cluster-keys.ts';
import type { ObjectName, UnitOf } from '../units/unit-def.ts';
import { translateBackendAuthorities } from './backends/cluster-tls.ts';
import { genericSecretResource } from './envoy/credential.ts';
import {
  backendAuthoritiesResource,
  clientAuthoritiesResource,
  clientChecksResource,
  secretResource,
} from './envoy/secret.ts';
import { translateCredential } from './filters/http-route-filter.ts';
import { translateClientAuthorities } from './listeners/client-authorities.ts';
import { translateSecret } from './listeners/tls.ts';
import { translateClientChecks } from './policies/client-traffic/certificates.ts';
import { policyKey } from './policies/client-traffic/port-policies.ts';
import { translateClientSecret } from './policies/security/client-secret.ts';
import { translateSessionKey } from './policies/security/session-key.ts';
import type { Reader } from './reader.ts';
import { gatewayKey, made } from './unit-parts.ts';

/* Units of SDS. */

export function clientAuthoritiesUnit(unit: UnitOf<'ClientAuthorities'>, reader: Reader): UnitOutput {
  const { namespace, name, scope } = unit;
  const authorities = translateClientAuthorities(reader, namespace, name, scope);
  if (authorities === undefined) return nothing;
  return { ...nothing, resources: made(gatewayKey(unit), clientAuthoritiesResource(authorities)) };
}

export function clientChecksUnit(unit: ObjectName, reader: Reader): UnitOutput {
  const checks = translateClientChecks(reader, unit);
  if (checks === undefined) return nothing;
  return { ...nothing, resources: made(policyKey(unit), clientChecksResource(checks)) };
}

export function backendAuthoritiesUnit({ namespace, name }: ObjectName, reader: Reader): UnitOutput {
  const authorities = translateBackendAuthorities(reader, namespace, name);
  if (authorities === undefined) return nothing;
  const source = authoritiesSource({ namespace, name });
  return { ...nothing, resources: made(source, backendAuthoritiesResource(authorities)) };
}

export function secretUnit({ namespace, name }: ObjectName, reader: Reader): UnitOutput {
  const secret = translateSecret(reader, namespace, name);
  if (secret === undefined) return nothing;
  const by = resourceKey('Secret', namespace, name);
  return { ...nothing, resources: made(by, secretResource(secret)) };
}

export function credentialUnit({ namespace, name }: ObjectName, reader: Reader): UnitOutput {
  const secret = translateCredential(reader, namespace, name);
  if (secret === undefined) return nothing;
  const by = resourceKey('Secret', namespace, name);
  return { ...nothing, resources: made(by, genericSecretResource(secret)) };
}

export function clientSecretUnit(unit: ObjectName, reader: Reader): UnitOutput {
  const secret = translateClientSecret(reader, unit);
  if (secret === undefined) return nothing;
  const by = resourceKey('Secret', unit.namespace, unit.name);
  return { ...nothing, resources: made(by, genericSecretResource(secret)) };
}

export function sessionKeyUnit(unit: ObjectName, reader: Reader): UnitOutput {
  const secret = translateSessionKey(reader, unit);
  if (secret === undefined) return nothing;
  const by = resourceKey('SecurityPolicy', unit.namespace, unit.name);
  return { ...nothing, resources: made(by, genericSecretResource(secret)) };
}
