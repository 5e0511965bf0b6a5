import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { converge } from '../../rig/envoy/converge.ts';
import { comparableStatus } from '../../rig/kube/comparable-status.ts';
import type { KubeClient, KubeObject } from '../../rig/kube/kube-client.ts';
import type { Forms } from './status-objects.ts';

export interface Change {
  readonly object: number;
  /** Undefined: deleted. */
  readonly form: number | undefined;
  /** Deleted first, so that it gets another uid. */
  readonly isRecreated: boolean;
}

/** A form for each object; undefined: it does not exist. */
export type ObjectSet = readonly (number | undefined)[];

/** Statuses by `Kind namespace/name`. */
export type Statuses = ReadonlyMap<string, unknown>;

export class StatusFixture {
  readonly #kube: KubeClient;
  readonly #objects: readonly Forms[];
  readonly #namespace: string;

  /** `namespace` is that of the Gateways. */
  constructor(kube: KubeClient, objects: readonly Forms[], namespace: string) {
    this.#kube = kube;
    this.#objects = objects;
    this.#namespace = namespace;
  }

  /** Writes in parallel; the API server decides the order. */
  async change(changes: readonly Change[]): Promise<void> {
    await Promise.all(changes.map((change) => this.#change(change)));
  }

  /** Creates the objects one by one; returns the statuses when nothing changes. */
  async quietRun(set: ObjectSet): Promise<Statuses> {
    await this.change(set.map((_, object) => ({ object, form: undefined, isRecreated: false })));
    await converge(async () => (await this.#proxies()).length === 0, patienceMs);
    for (const [object, form] of set.entries()) await this.#change({ object, form, isRecreated: false });
    return await converge(async () => {
      const before = await this.#versions();
      await pause(quietMs);
      const pending = await this.#pending();
      if (pending.length > 0) throw new Error(`no proxy is there for ${pending.join()}`);
      return before === (await this.#versions()) && (await this.statuses());
    }, patienceMs);
  }

  /** Resolves to the statuses that are wrong at the deadline; a right one must stay so for a moment. */
  async becomes(wanted: Statuses): Promise<readonly string[]> {
    let different: readonly string[] = [];
    const isSo = async (): Promise<boolean> => {
      different = differences(wanted, await this.statuses());
      return different.length === 0;
    };
    try {
      await converge(async () => {
        if (!(await isSo())) return await pause(momentMs, false);
        await pause(momentMs);
        return await isSo();
      }, patienceMs);
    } catch (error) {
      if (different.length === 0) throw error;
    }
    return different;
  }

  async statuses(): Promise<Statuses> {
    return new Map(
      (await this.#all()).map((object) => {
        const { kind, metadata } = object;
        const status = comparableStatus(withoutChance(object), metadata.generation ?? 0);
        return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, status];
      }),
    );
  }

  async #change({ object, form, isRecreated }: Change): Promise<void> {
    const forms = this.#objects[object];
    if (forms === undefined) throw new Error(`no object ${object}`);
    const manifest = form === undefined ? undefined : forms[form];
    if (manifest === undefined || isRecreated) await this.#kube.delete(forms[0]);
    if (manifest !== undefined) await this.#kube.apply(manifest);
  }

  async #all(): Promise<KubeObject[]> {
    const found = await Promise.all(this.#objects.map(([first]) => this.#kube.get(first)));
    return found.filter((object) => object !== undefined);
  }

  async #versions(): Promise<string> {
    return (await this.#all()).map(({ metadata }) => metadata.resourceVersion).join();
  }

  /** Gateways of the fixture that wait for their proxies. */
  async #pending(): Promise<string[]> {
    const waiting = (await this.#all()).filter(({ status }) => {
      const { conditions = [] } = (status ?? {}) as GatewayStatus;
      return conditions.some((each) => each.reason === 'Pending' && each.observedGeneration !== undefined);
    });
    return waiting.map(({ metadata }) => metadata.name);
  }

  async #proxies(): Promise<KubeObject[]> {
    const labels = 'gateway.networking.k8s.io/gateway-name';
    return await this.#kube.list({ apiVersion: 'v1', kind: 'Pod' }, this.#namespace, labels);
  }
}

/** Enough for busy cores, ten seconds of a container's back-off and three of a Lease. */
const patienceMs = 90_000;
/** Longer than any step that is under way. */
const quietMs = 1500;
const momentMs = 150;

/** Leaves out addresses and the registry's last error, which differ between lives of an object. */
function withoutChance({ kind, status = {} }: KubeObject): unknown {
  if (kind === 'EnvoyExtensionPolicy') return without(status, 'message');
  if (kind !== 'Gateway') return status;
  const { conditions = [], listeners = [], addresses = [], ...rest } = status as GatewayStatus;
  const isRefused = conditions.some(({ type, status: value }) => type === 'Accepted' && value === 'False');
  if (!isRefused) return { ...rest, conditions, listeners, addresses: addresses.map(({ type }) => type) };
  // Its proxies keep what was accepted last, and so does its status.
  return {
    ...rest,
    conditions: exceptOfProxies(conditions),
    listeners: listeners.map((listener) => ({
      ...listener,
      conditions: exceptOfProxies(listener.conditions),
    })),
  };
}

function exceptOfProxies(conditions: readonly TypedCondition[]): readonly TypedCondition[] {
  return conditions.filter(({ type }) => type !== 'Programmed' && type !== 'AddressesAssigned');
}

interface GatewayStatus {
  readonly conditions?: readonly TypedCondition[];
  readonly listeners?: readonly { readonly conditions: readonly TypedCondition[] }[];
  readonly addresses?: readonly { readonly type: string }[];
}

interface TypedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly observedGeneration?: number;
}

function without(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, field));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== field);
  return Object.fromEntries(kept.map(([name, item]) => [name, without(item, field)]));
}

function differences(wanted: Statuses, found: Statuses): string[] {
  const names = [...new Set([...wanted.keys(), ...found.keys()])];
  return names
    .filter((name) => !isDeepStrictEqual(wanted.get(name), found.get(name)))
    .map(
      (name) => `${name}\n  is ${JSON.stringify(found.get(name))}\n  not ${JSON.stringify(wanted.get(name))}`,
    );
}
