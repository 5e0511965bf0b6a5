import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { GatewayProxies } from '../lib/tls-identity.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import type {
  ObjectAnswer,
  ObjectFault,
  ObjectRef,
  ObservedCertificate,
  OwnedObject,
} from '../kinds/owned-object.ts';
import { fleetOf } from '../units/fleet-key.ts';
import { certificateName, renderCertificate } from './certificate.ts';
import type { Manifest } from './manifest.ts';
import { renderInfrastructure } from './render.ts';
import { keyOf, type SeenObjects } from './seen-objects.ts';
import type { Site } from './site.ts';

/** Requests to the API server. No method rejects; see `Objects` of `src/kube`. */
export interface ObjectsPort {
  /** Applies by force. Fields that `manager` (default: Sluice) set before, and this manifest lacks, are removed. */
  apply(
    manifest: Pick<Manifest, 'kind' | 'metadata'>,
    signal: AbortSignal,
    manager?: string,
  ): Promise<ObjectAnswer>;
  read(ref: ObjectRef, signal: AbortSignal): Promise<ObjectAnswer>;
  delete(object: OwnedObject, signal: AbortSignal): Promise<ObjectAnswer>;
}

export interface GatewayObjectsPorts {
  readonly seen: SeenObjects;
  readonly objects: ObjectsPort;
  /** Returns `has` while it is good, or else a new certificate. Rejects while there is no CA. */
  readonly clientCertificate: (
    proxies: GatewayProxies,
    has: ObservedCertificate | undefined,
  ) => Promise<ObservedCertificate>;
  readonly onApplied: (kind: string, result: 'applied' | 'deleted' | ObjectFault) => void;
  /** Called when another writer has changed or deleted the object, which was applied again. */
  readonly onDrift: (object: ObjectRef) => void;
}

export interface ObjectsFailure {
  readonly object: ObjectRef;
  readonly reason: ObjectFault;
  readonly message: string;
  readonly retryAfterMs: number;
}

export class GatewayObjects {
  readonly #ports: GatewayObjectsPorts;
  readonly #applied = new Map<ResourceKey, Applied>();
  #holds = false;

  constructor(ports: GatewayObjectsPorts) {
    this.#ports = ports;
  }

  /** True when no object has changed since it was applied. */
  get isSettled(): boolean {
    return this.#applied.keys().every((key) => !this.#isOther(key));
  }

  /** Returns true also while old pods wait for new ones: any change may end the wait. */
  differs(key: ResourceKey): boolean {
    return this.#holds || this.#isOther(key);
  }

  /**
   * Applies objects that are missing or changed, then deletes the others of the Gateway. Returns the first failure. A
   * refused object does not keep others from being applied, but keeps all from being deleted. So do new pods that are
   * not available, while old ones are to be deleted.
   */
  async apply(
    infrastructure: Infrastructure,
    site: Site,
    signal: AbortSignal,
  ): Promise<ObjectsFailure | undefined> {
    const manifests = renderInfrastructure(infrastructure, site);
    const wanted = new Set([certificateRef(infrastructure), ...manifests.map(refOf)].map(keyOf));
    // First, as the pods mount it.
    let failure = await this.#applyCertificate(infrastructure, signal);
    for (const manifest of manifests) {
      if (signal.aborted || (failure !== undefined && !isOfObject(failure.reason))) return failure;
      const failed = await this.#lookAndApply(manifest, infrastructure, signal);
      failure = failed !== undefined && !isOfObject(failed.reason) ? failed : (failure ?? failed);
    }
    for (const key of this.#applied.keys()) if (!wanted.has(key)) this.#applied.delete(key);
    if (failure !== undefined || signal.aborted) return failure;
    const fleet = fleetOf(`${infrastructure.namespace}/${infrastructure.gateway}`);
    // Includes objects of an earlier Gateway of the same name, which no longer exists.
    const [kept = [], left = []] = [true, false].map((isWanted) =>
      this.#ports.seen.of(fleet).filter((object) => wanted.has(keyOf(object)) === isWanted),
    );
    this.#holds = left.some(runsPods) && kept.some((object) => runsPods(object) && !object.isAvailable);
    return this.#holds ? undefined : this.#deleteAll(left, signal);
  }

  /** Deletes all objects of the Gateway. Returns the first failure. */
  async delete(infrastructure: Infrastructure, signal: AbortSignal): Promise<ObjectsFailure | undefined> {
    const { namespace, gateway, gatewayUid } = infrastructure;
    this.#applied.clear();
    this.#holds = false;
    // A Gateway of the same name under another controller has another UID and objects of its own.
    const left = this.#ports.seen
      .of(fleetOf(`${namespace}/${gateway}`))
      .filter((object) => object.gatewayUid === gatewayUid);
    return this.#deleteAll(left, signal);
  }

  async #applyCertificate(
    infrastructure: Infrastructure,
    signal: AbortSignal,
  ): Promise<ObjectsFailure | undefined> {
    const { namespace, gateway, gatewayUid } = infrastructure;
    const ref = certificateRef(infrastructure);
    const failed = await this.#look(ref, infrastructure, signal);
    if (failed !== undefined) return failed;
    const has = this.#ports.seen.get(keyOf(ref))?.certificate;
    let material: ObservedCertificate;
    try {
      material = await this.#ports.clientCertificate({ namespace, gateway, uid: gatewayUid }, has);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'no certificate';
      return { object: ref, reason: 'unavailable', message, retryAfterMs: 0 };
    }
    return this.#applyOne(renderCertificate(infrastructure, material), signal);
  }

  #isOther(key: ResourceKey): boolean {
    return this.#applied.get(key)?.digest !== this.#ports.seen.get(key)?.digest;
  }

  async #lookAndApply(
    manifest: Manifest,
    infrastructure: Infrastructure,
    signal: AbortSignal,
  ): Promise<ObjectsFailure | undefined> {
    return (
      (await this.#look(refOf(manifest), infrastructure, signal)) ?? (await this.#applyOne(manifest, signal))
    );
  }

  /** Applies an object that {@link #look} has let pass, unless it is unchanged. */
  async #applyOne(manifest: Manifest, signal: AbortSignal): Promise<ObjectsFailure | undefined> {
    const { seen, objects, onApplied, onDrift } = this.#ports;
    const ref = refOf(manifest);
    const key = keyOf(ref);
    const hash = contentHash(JSON.stringify(manifest));
    const applied = this.#applied.get(key);
    if (applied?.hash === hash && !this.#isOther(key)) return undefined;
    const failed = await this.#keepReplicas(manifest, signal);
    if (failed !== undefined) return failed;
    const answer = await objects.apply(manifest, signal);
    if (signal.aborted) return undefined;
    onApplied(ref.kind, answer.kind === 'failed' ? answer.reason : 'applied');
    if (answer.kind === 'failed') return { object: ref, ...answer };
    if (applied?.hash === hash) onDrift(ref);
    if (answer.object === undefined) return undefined;
    seen.put(answer.object);
    this.#applied.set(key, { hash, digest: answer.object.digest });
    return undefined;
  }

  /** Fails when the object belongs to another owner: applying it would take it over. */
  async #look(
    ref: ObjectRef,
    { gateway }: Infrastructure,
    signal: AbortSignal,
  ): Promise<ObjectsFailure | undefined> {
    const { seen, objects } = this.#ports;
    // Sluice does not watch objects of others, and one may have been deleted since it was read.
    if ((seen.get(keyOf(ref))?.digest ?? '') === '') {
      const answer = await objects.read(ref, signal);
      if (answer.kind === 'failed') return { object: ref, ...answer };
      if (signal.aborted) return undefined;
      if (answer.object === undefined) seen.delete(keyOf(ref));
      else seen.put(answer.object);
    }
    const found = seen.get(keyOf(ref));
    if (found === undefined || found.gateway === gateway) return undefined;
    // Sluice has made it, and another writer has removed its owner reference.
    if (found.gateway === '' && found.digest !== '') return undefined;
    const owner = found.gateway === '' ? 'is not of Sluice' : `is of the Gateway ${found.gateway}`;
    const message = `${ref.kind} ${ref.namespace}/${ref.name} exists and ${owner}`;
    return { object: ref, reason: 'refused', message, retryAfterMs: 0 };
  }

  /**
   * Gives `replicas` to another field manager when the manifest no longer sets it: else it would fall to 1.
   * https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
   */
  async #keepReplicas(manifest: Manifest, signal: AbortSignal): Promise<ObjectsFailure | undefined> {
    const ref = refOf(manifest);
    const replicas = this.#ports.seen.get(keyOf(ref))?.replicas;
    if (replicas === undefined || hasReplicas(manifest)) return undefined;
    const { apiVersion, kind } = manifest;
    const metadata = { name: ref.name, namespace: ref.namespace };
    const answer = await this.#ports.objects.apply(
      { apiVersion, kind, metadata, spec: { replicas } } as unknown as Manifest,
      signal,
      'sluice-autoscaling',
    );
    return answer.kind === 'failed' ? { object: ref, ...answer } : undefined;
  }

  async #deleteAll(left: readonly OwnedObject[], signal: AbortSignal): Promise<ObjectsFailure | undefined> {
    const { seen, objects, onApplied } = this.#ports;
    let failure: ObjectsFailure | undefined;
    for (const object of left) {
      const answer = await objects.delete(object, signal);
      if (signal.aborted) return failure;
      onApplied(object.kind, answer.kind === 'failed' ? answer.reason : 'deleted');
      if (answer.kind === 'done') seen.delete(keyOf(object));
      else failure ??= { object, ...answer };
    }
    return failure;
  }
}

interface Applied {
  readonly hash: string;
  /** Hash of the object that the API server made of the manifest. */
  readonly digest: string;
}

function certificateRef(infrastructure: Infrastructure): ObjectRef {
  return { kind: 'Secret', namespace: infrastructure.namespace, name: certificateName(infrastructure) };
}

function refOf({ kind, metadata: { namespace, name } }: Manifest): ObjectRef {
  return { kind, namespace, name };
}

function runsPods({ kind }: OwnedObject): boolean {
  return kind === 'Deployment' || kind === 'DaemonSet';
}

function hasReplicas({ spec }: Manifest): boolean {
  return typeof spec === 'object' && spec !== null && 'replicas' in spec;
}

/** Other failures concern the API server, so the next object would fail too. */
function isOfObject(reason: ObjectFault): boolean {
  return reason === 'refused' || reason === 'forbidden' || reason === 'conflict';
}
