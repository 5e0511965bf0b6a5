import type { BackendProtocol } from '../../units/cluster-name.ts';
import type { RouteProblem } from '../routes/problem.ts';

/** The Cluster of a backendRef, or the reason for none. An invalid backendRef keeps its weight. */
export type BackendResult =
  | {
      readonly kind: 'cluster';
      readonly name: string;
      /** It takes requests when the others of its rule fail. */
      readonly isFallback?: true | undefined;
      /** It is sent the host of each request as its server name, which Envoy cannot do for one cluster among several. */
      readonly needsHost?: true | undefined;
    }
  | { readonly kind: 'invalid'; readonly problem: RouteProblem };

export function invalid(reason: RouteProblem['reason'], path: string, message: string): BackendResult {
  return { kind: 'invalid', problem: { condition: 'ResolvedRefs', reason, path, message } };
}

/** `appProtocol` says nothing to a proxy of bytes. */
export function isOfBytes(protocol: BackendProtocol | undefined): protocol is 'tcp' | 'udp' {
  return protocol === 'tcp' || protocol === 'udp';
}
