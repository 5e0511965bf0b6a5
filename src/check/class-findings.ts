import type { RowTypes } from '../kinds/kinds.ts';
import type { ResourceKey } from '../lib/key.ts';
import { nearest } from '../lib/nearest.ts';
import type { Finding } from './finding.ts';
import type { Objects } from './silent-objects.ts';

export function classFindings(
  { controllerName }: Objects,
  object: ResourceKey,
  { spec }: RowTypes['GatewayClass'],
): Finding[] {
  if (spec.controllerName === controllerName || spec.controllerName === '') return [];
  const message = `is another controller's: its Gateways are not served; Sluice's is ${controllerName}`;
  return [{ object, path: 'spec.controllerName', message }];
}

/** A class of another controller has a finding of its own. */
export function gatewayFindings(
  objects: Objects,
  object: ResourceKey,
  { spec }: RowTypes['Gateway'],
): Finding[] {
  const name = spec.gatewayClassName;
  if (name === '' || objects.has('GatewayClass', '', name)) return [];
  const names = [...objects.names('GatewayClass')].map((id) => id.slice(1));
  const meant = nearest(name, names) ?? names[0];
  const hint =
    meant === undefined ? `add one with controllerName: ${objects.controllerName}` : `did you mean ${meant}?`;
  const message = `GatewayClass ${name} does not exist, so no proxy serves this Gateway: ${hint}`;
  return [{ object, path: 'spec.gatewayClassName', message }];
}
