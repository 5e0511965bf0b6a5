import { DeltaClient } from '../xds/delta-client.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { services } from '../xds/xds-types.ts';

export type Behaviour = 'takes' | 'rejects' | 'silent';

/** A proxy of one Gateway, connected to one replica at a time. */
export class StatusProxy {
  readonly gateway: string;
  readonly id: string;
  at: number | undefined;
  hasRejected = false;
  #behaviour: Behaviour = 'takes';
  #client: DeltaClient | undefined;

  constructor(gateway: string, id: string) {
    this.gateway = gateway;
    this.id = id;
  }

  get isIdle(): boolean {
    return this.#client?.idle ?? true;
  }

  /** `keepsState`: the same process as before. */
  connect(pipeline: Pipeline, at: number, keepsState: boolean): void {
    const before = this.#client;
    this.disconnect();
    const { gateway, id } = this;
    const restore = keepsState && before !== undefined ? { restore: before } : {};
    const client = new DeltaClient(pipeline.dial, { gateway, id, ...restore });
    if (!keepsState) this.hasRejected = false;
    client.reject = () => {
      if (this.#behaviour !== 'rejects') return undefined;
      this.hasRejected = true;
      return 'no';
    };
    this.#client = client;
    this.at = at;
    this.setBehaviour(this.#behaviour);
  }

  disconnect(): void {
    if (this.at !== undefined) this.#client?.close();
    this.at = undefined;
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    for (const service of services) {
      if (behaviour === 'silent') this.#client?.hold(service);
      else if (this.#client?.holds(service) === true) this.#client.release(service);
    }
  }
}
