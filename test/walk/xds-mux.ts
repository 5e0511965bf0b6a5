import type { Service } from '../rig/xds/xds-types.ts';
import { TypeSubscription, type Interest } from './type-subscription.ts';

export interface Answer {
  readonly nonce: string;
  /** Set: a NACK. */
  readonly error: string | undefined;
}

type Send = (service: Service, interest: Interest, answer: Answer | undefined) => void;

/**
 * Order of Envoy's messages: answers first, then requests by the order in which types were first wanted; none of a
 * paused type. A request of the answered type is in the answer.
 * Rules: `new_grpc_mux_impl.cc` and `pausable_ack_queue.cc` in Envoy's `source/extensions/config_subscription/grpc`.
 */
export class XdsMux {
  readonly #subscriptions = new Map<Service, TypeSubscription>();
  readonly #paused = new Map<Service, number>();
  #answers: { readonly service: Service; readonly answer: Answer }[] = [];
  #send: Send | undefined;

  /** Answers that wait for a paused type. */
  get unsent(): number {
    return this.#answers.length;
  }

  /** Undefined for a type that was not requested yet. */
  find(service: Service): TypeSubscription | undefined {
    return this.#subscriptions.get(service);
  }

  subscription(service: Service): TypeSubscription {
    let found = this.#subscriptions.get(service);
    if (found === undefined) {
      found = new TypeSubscription(service === 'CDS' || service === 'LDS' || service === 'VHDS');
      this.#subscriptions.set(service, found);
    }
    return found;
  }

  onStream(send: Send): void {
    this.#send = send;
    this.#answers = [];
    for (const subscription of this.#subscriptions.values()) subscription.onNewStream();
    this.flush();
  }

  onStreamEnd(): void {
    this.#send = undefined;
    this.#answers = [];
  }

  pause(service: Service): void {
    this.#paused.set(service, (this.#paused.get(service) ?? 0) + 1);
  }

  resume(service: Service): void {
    this.#paused.set(service, (this.#paused.get(service) ?? 0) - 1);
    this.flush();
  }

  answer(service: Service, answer: Answer): void {
    this.#answers.push({ service, answer });
    this.flush();
  }

  flush(): void {
    for (;;) {
      if (this.#send === undefined) return;
      const at = this.#answers.findIndex(({ service }) => !this.#isPaused(service));
      const [first] = at < 0 ? [] : this.#answers.splice(at, 1);
      const service = first?.service ?? this.#wanting();
      if (service === undefined) return;
      this.#send(service, this.subscription(service).next(), first?.answer);
    }
  }

  #wanting(): Service | undefined {
    for (const [service, subscription] of this.#subscriptions) {
      if (subscription.pending && !this.#isPaused(service)) return service;
    }
    return undefined;
  }

  #isPaused(service: Service): boolean {
    return (this.#paused.get(service) ?? 0) > 0;
  }
}
