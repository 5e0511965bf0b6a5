import type { Unit } from './unit-def.ts';

export type SecretUnit = Extract<Unit, { readonly kind: 'Secret' | 'ClientAuthorities' }>;

/** Returns the unit's SDS name. That of a Secret has exactly one slash, which tells it from the others. */
export function secretName(unit: SecretUnit): string {
  const object = `${unit.namespace}/${unit.name}`;
  return unit.kind === 'Secret' ? object : `${object}/clients/${unit.scope}`;
}

export function parseSecretName(text: string): SecretUnit {
  const [namespace = '', name = '', , scope] = text.split('/');
  return scope === undefined
    ? { kind: 'Secret', namespace, name }
    : { kind: 'ClientAuthorities', namespace, name, scope };
}
