import type { DeltaRequest } from '../../../src/xds/delta-request.ts';
import type { DeltaClient } from './delta-client.ts';
import type { Service } from './xds-types.ts';

export interface Link {
  send(request: DeltaRequest): void;
  close(): void;
}

export type Dial = (
  node: { readonly id: string; readonly cluster: string },
  receive: (message: Uint8Array) => void,
) => Link;

export interface ClientOptions {
  readonly id?: string;
  readonly gateway?: string;
  /** The proxy's state from the stream before: it names these versions again. */
  readonly restore?: DeltaClient;
  /** Removes or changes versions that the client names. */
  readonly initialVersions?: (service: Service, versions: Map<string, string>) => Map<string, string>;
  /** Order of the first requests; types that Envoy would request later come without names. */
  readonly order?: readonly Service[];
  /** False: subscribes to nothing by itself, but ACKs. For tests of the protocol. */
  readonly follows?: boolean;
  /** Called to read the next message. */
  readonly schedule?: (task: () => void) => void;
  /** False: responses are taken as they are, and there is no log of them. For benchmarks, which pay for neither. */
  readonly checks?: boolean;
  /** Called with each response before it is answered. */
  readonly onResponse?: (service: Service, names: readonly string[], message: Uint8Array) => void;
}

export const emptyRequest: DeltaRequest = {
  typeUrl: '',
  node: undefined,
  subscribe: [],
  unsubscribe: [],
  initialVersions: new Map(),
  nonce: '',
  error: undefined,
};
