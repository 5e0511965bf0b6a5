import type { Unit } from './unit-def.ts';

export type SecretUnit = Extract<
  Unit,
  {
    readonly kind:
      | 'Secret'
      | 'ClientAuthorities'
      | 'ClientPolicyAuthorities'
      | 'BackendAuthorities'
      | 'Credential'
      | 'ClientSecret'
      | 'SessionKey';
  }
>;

/** Returns the unit's SDS name. That of a Secret has exactly one slash, which tells it from the others. */
export function secretName(unit: SecretUnit): string {
  const object = `${unit.namespace}/${unit.name}`;
  switch (unit.kind) {
    case 'Secret':
      return object;
    case 'ClientAuthorities':
      return `${object}/clients/${unit.scope}`;
    case 'ClientPolicyAuthorities':
      return `${object}/client-policy`;
    case 'BackendAuthorities':
      return `${object}/backends`;
    case 'Credential':
      return `${object}/credential`;
    case 'ClientSecret':
      return `${object}/client-secret`;
    case 'SessionKey':
      return `${object}/session-key`;
  }
}

export function parseSecretName(text: string): SecretUnit {
  const [namespace = '', name = '', of, scope = ''] = text.split('/');
  if (of === undefined) return { kind: 'Secret', namespace, name };
  if (of === 'client-policy') return { kind: 'ClientPolicyAuthorities', namespace, name };
  if (of === 'backends') return { kind: 'BackendAuthorities', namespace, name };
  if (of === 'credential') return { kind: 'Credential', namespace, name };
  if (of === 'client-secret') return { kind: 'ClientSecret', namespace, name };
  if (of === 'session-key') return { kind: 'SessionKey', namespace, name };
  return { kind: 'ClientAuthorities', namespace, name, scope };
}
