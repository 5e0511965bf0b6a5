import type { EffectiveListenersRow } from '../../kinds/derived/effective-listeners.ts';
import { clientAuthorities, validationAt, type ClientAuthorities } from '../listeners/client-authorities.ts';
import type { Reader } from '../reader.ts';

/** Returns CAs by the scope of the validation, which many ports may share. */
export function clientAuthoritiesAt(
  reader: Reader,
  { namespace, frontend }: Pick<EffectiveListenersRow, 'frontend'> & { readonly namespace: string },
): (port: number) => ClientAuthorities | undefined {
  const known = new Map<string, ClientAuthorities>();
  return (port) => {
    const found = validationAt(frontend, port);
    if (found === undefined) return undefined;
    const authorities = known.get(found.scope) ?? clientAuthorities(reader, namespace, found);
    known.set(found.scope, authorities);
    return authorities;
  };
}
