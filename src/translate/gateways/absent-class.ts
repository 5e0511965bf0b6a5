import type { Notice } from '../../kinds/notice.ts';
import { resourceKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { Reader } from '../reader.ts';

/**
 * Notices that the class of a Gateway does not exist: no controller then writes its status. A class of another
 * controller is no mistake.
 */
export function absentClass(reader: Reader, of: ObjectName): Notice[] {
  const name = reader.row('Gateway', of.namespace, of.name)?.spec.gatewayClassName ?? '';
  if (name === '' || reader.row('GatewayClass', '', name) !== undefined) return [];
  const message = `spec.gatewayClassName: GatewayClass ${name} does not exist, so no proxy serves this Gateway`;
  return [{ object: resourceKey('Gateway', of.namespace, of.name), reason: 'NoSuchGatewayClass', message }];
}
