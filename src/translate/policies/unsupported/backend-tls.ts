import type { ServicePort } from '../../../kinds/core/service.ts';
import { policiesNaming } from '../../../kinds/indexes.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import type { Reader } from '../../reader.ts';
import { isIgnored } from './effect.ts';

/** Returns the reason why requests may not be sent to the port of the Service in clear text; undefined: none. */
export function refusedTls(
  reader: Reader,
  namespace: string,
  service: string,
  port: ServicePort,
): string | undefined {
  const keys = reader.index(policiesNaming('Service', namespace, service));
  if (keys.length === 0 || isIgnored(reader, 'BackendTLSPolicy')) return undefined;
  const found = keys.find((key) => {
    const row = reader.row('BackendTLSPolicy', namespace, splitResourceKey(key).name);
    if (row === undefined) return false;
    const { targetRef, targetRefs } = row.spec;
    return [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs].some(
      ({ group, kind, name, sectionName }) =>
        group === '' &&
        kind === 'Service' &&
        name === service &&
        (sectionName === undefined || sectionName === port.name),
    );
  });
  if (found === undefined) return undefined;
  const { name } = splitResourceKey(found);
  return `BackendTLSPolicy ${namespace}/${name} asks for TLS, which is not supported yet`;
}
