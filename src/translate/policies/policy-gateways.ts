import { splitResourceKey } from '../../lib/key.ts';
import type { ExtensionPolicyRow } from '../../kinds/envoy-gateway/extension-policy.ts';
import { effectiveListenersKey } from '../../kinds/derived/effective-listeners.ts';
import { gatewaysIn } from '../../kinds/indexes.ts';
import type { Reader } from '../reader.ts';
import { isGatewayRef } from '../attach/attachment.ts';
import { sectionsOf } from './extension-policy.ts';
import { readOurGateway, type OurGateway } from '../attach/ownership.ts';
import { gatewayTarget, routeTarget, targetRoutes } from './plugins.ts';

/** Our Gateways whose requests a policy may be for, by its targets; each once, in order of their names. */
export function policyGateways(reader: Reader, namespace: string, policy: ExtensionPolicyRow): OurGateway[] {
  const names = new Set<string>();
  for (const gateway of targetGateways(reader, namespace, policy))
    names.add(`${gateway.namespace}/${gateway.name}`);
  for (const route of targetRoutes(reader, namespace, policy)) {
    if (sectionsOf(policy, routeTarget(route)).length === 0) continue;
    for (const ref of route.row.spec.parentRefs.filter(isGatewayRef))
      names.add(`${ref.namespace ?? namespace}/${ref.name}`);
  }
  const all = [...names].sort().map((key) => key.split('/'));
  reader.expect(all.map(([of = '', name = '']) => effectiveListenersKey(of, name)));
  return all.flatMap(([of = '', name = '']) => {
    return readOurGateway(reader, of, name) ?? [];
  });
}

function targetGateways(reader: Reader, namespace: string, policy: ExtensionPolicyRow): OurGateway[] {
  const { targetRefs, targetSelectors } = policy.spec;
  const names = targetSelectors.some(({ kind }) => kind === 'Gateway')
    ? reader.index(gatewaysIn(namespace)).map((key) => splitResourceKey(key).name)
    : targetRefs.filter(({ kind }) => kind === 'Gateway').map(({ name }) => name);
  reader.expect(names.map((name) => effectiveListenersKey(namespace, name)));
  return names.flatMap((name) => {
    const gateway = readOurGateway(reader, namespace, name);
    return gateway !== undefined && sectionsOf(policy, gatewayTarget(gateway)).length > 0 ? [gateway] : [];
  });
}
