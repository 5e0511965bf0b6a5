import { record } from '../kinds/identity.ts';
import type { ApiServer } from './api-server.ts';
import { Fault } from './fault.ts';

/** Holder of a Lease, and the date by our own clock. Others read the date and never compare it. */
export interface Holding {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly dateMs: number;
}

/** A Lease as the API server had it. https://kubernetes.io/docs/concepts/architecture/leases/ */
export interface Lease {
  readonly holder: string;
  /** Time that the holder may go without a renewal; undefined when it is missing or invalid. */
  readonly durationSeconds: number | undefined;
  /** Changes at each write and at nothing else. */
  readonly resourceVersion: string;
  /** A write keeps the fields of others. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** Reads and writes a Lease. Every method throws what {@link ApiServer.send} throws. */
export class LeaseObject {
  readonly #api: Pick<ApiServer, 'send'>;
  readonly #collection: string;
  readonly #name: string;

  constructor(api: Pick<ApiServer, 'send'>, namespace: string, name: string) {
    this.#api = api;
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
    this.#name = name;
  }

  async read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return leaseOf(await this.#api.send({ method: 'GET', path: this.#path }, signal));
    } catch (error) {
      if (error instanceof Fault && error.reason === 'absent') return undefined;
      throw error;
    }
  }

  async create(holding: Holding, signal: AbortSignal): Promise<Lease> {
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.#name },
      spec: specAfter({}, holding),
    };
    return leaseOf(await this.#api.send({ method: 'POST', path: this.#collection, body }, signal));
  }

  /** Throws a `conflict` when it has changed since `lease`. */
  async replace(lease: Lease, holding: Holding, signal: AbortSignal): Promise<Lease> {
    const body = { ...lease.object, spec: specAfter(record(lease.object['spec']) ?? {}, holding) };
    return leaseOf(await this.#api.send({ method: 'PUT', path: this.#path, body }, signal));
  }

  get #path(): string {
    return `${this.#collection}/${this.#name}`;
  }
}

function leaseOf(document: unknown): Lease {
  const object = record(document);
  const resourceVersion = record(object?.['metadata'])?.['resourceVersion'];
  if (object?.['kind'] !== 'Lease' || typeof resourceVersion !== 'string' || resourceVersion === '')
    throw new Fault('garbled', "the API server's Lease cannot be read");
  const spec = record(object['spec']);
  const holder = spec?.['holderIdentity'];
  const durationSeconds = spec?.['leaseDurationSeconds'];
  return {
    holder: typeof holder === 'string' ? holder : '',
    durationSeconds: isPositive(durationSeconds) ? durationSeconds : undefined,
    resourceVersion,
    object,
  };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
function specAfter(before: Readonly<Record<string, unknown>>, holding: Holding): object {
  const date = microTime(holding.dateMs);
  const { holderIdentity, acquireTime, leaseTransitions } = before;
  const stays = holderIdentity === holding.holder && typeof acquireTime === 'string';
  const transitions = isPositive(leaseTransitions) ? leaseTransitions : 0;
  return {
    ...before,
    holderIdentity: holding.holder,
    leaseDurationSeconds: holding.durationSeconds,
    acquireTime: stays ? acquireTime : date,
    renewTime: date,
    leaseTransitions:
      holding.holder === '' || holderIdentity === undefined || stays ? transitions : transitions + 1,
  };
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** The API server takes exactly six digits after the second. */
function microTime(dateMs: number): string {
  return new Date(dateMs).toISOString().replace('Z', '000Z');
}
