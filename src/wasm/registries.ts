import type { Clock } from '../lib/clock.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { registryOf, type ModuleCheck, type RegistryState } from './module-check.ts';
import type { FetchResult } from './module-fetch.ts';

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RegistriesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly backOff: () => ConstructorParameters<typeof CircuitBreaker>[0];
  readonly onDue: (check: ModuleCheck) => void;
  readonly onBlocked: (check: ModuleCheck, registry: RegistryState) => void;
}

/**
 * Holds the health of each registry for each namespace: a policy with a wrong authority or a slow file affects only its
 * own namespace. Checks of a failing registry wait here, and one at a time probes it.
 */
export class Registries {
  readonly #ports: RegistriesPorts;
  readonly #registries = new Map<string, RegistryState>();

  constructor(ports: RegistriesPorts) {
    this.#ports = ports;
  }

  /** Returns the module's registry and counts the check; call `leave` later. Undefined when there is none. */
  join(wanted: WantedModule, namespace: string): RegistryState | undefined {
    const host = registryOf(wanted);
    if (host === undefined) return undefined;
    const known = this.#registries.get(keyOf(host, namespace));
    if (known !== undefined) {
      known.checks++;
      return known;
    }
    const registry: RegistryState = {
      host,
      namespace,
      breaker: new CircuitBreaker(this.#ports.backOff()),
      checks: 1,
      waiting: new Set(),
      failure: '',
      cancelProbe: undefined,
    };
    this.#registries.set(keyOf(host, namespace), registry);
    return registry;
  }

  leave(check: ModuleCheck): void {
    const { registry } = check;
    if (registry === undefined) return;
    registry.waiting.delete(check);
    if (--registry.checks > 0) return;
    registry.cancelProbe?.();
    this.#registries.delete(keyOf(registry.host, registry.namespace));
  }

  counts(): Readonly<Record<CircuitBreaker['state'], number>> {
    const counts = { closed: 0, open: 0, 'half-open': 0 };
    for (const { breaker } of this.#registries.values()) counts[breaker.state]++;
    return counts;
  }

  /** Applies an attempt's result to all checks of the same registry. */
  noteResult(registry: RegistryState, result: FetchResult): void {
    const { breaker } = registry;
    if (result.kind !== 'unreachable') {
      const wasOpen = breaker.state !== 'closed';
      breaker.answered();
      registry.failure = '';
      if (wasOpen) this.#release(registry);
      return;
    }
    // A fault of Sluice is not the registry's, but the probe must end.
    if (result.reason === 'bug' && breaker.state === 'closed') return;
    const wasClosed = breaker.state === 'closed';
    registry.failure = result.message;
    breaker.failed(this.#ports.clock.now(), result.retryAfterMs);
    if (breaker.state !== 'open') return;
    if (wasClosed) {
      const message =
        'the registry does not answer: Sluice only probes it until it does, and its modules stay as they are';
      const { host, namespace } = registry;
      this.#ports.log.warn({ registry: host, namespace, reason: result.message }, message);
    }
    this.#probeLater(registry);
    for (const check of registry.waiting) this.#ports.onBlocked(check, registry);
  }

  /** Call for a check whose registry must not be asked now. */
  waitFor(registry: RegistryState, check: ModuleCheck): void {
    registry.waiting.add(check);
    this.#ports.onBlocked(check, registry);
    if (registry.breaker.state === 'open' && registry.cancelProbe === undefined) this.#probeLater(registry);
  }

  close(): void {
    for (const registry of this.#registries.values()) registry.cancelProbe?.();
  }

  #release(registry: RegistryState): void {
    const { host, namespace } = registry;
    this.#ports.log.info({ registry: host, namespace }, 'the registry answers again');
    registry.cancelProbe?.();
    registry.cancelProbe = undefined;
    for (const check of registry.waiting) this.#ports.onDue(check);
    registry.waiting.clear();
  }

  #probeLater(registry: RegistryState): void {
    registry.cancelProbe?.();
    const delayMs = registry.breaker.retryAtMs - this.#ports.clock.now();
    registry.cancelProbe = this.#ports.clock.after(Math.max(0, delayMs), () => {
      registry.cancelProbe = undefined;
      const [first] = registry.waiting;
      if (first === undefined) return;
      registry.waiting.delete(first);
      this.#ports.onDue(first);
    });
  }
}

function keyOf(host: string, namespace: string): string {
  return `${namespace}/${host}`;
}
