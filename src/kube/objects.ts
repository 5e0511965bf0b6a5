import {
  fieldManager,
  ownedObject,
  type ObjectAnswer,
  type ObjectFault,
  type ObjectRef,
  type OwnedObject,
} from '../kinds/owned-object.ts';
import type { ApiServer, Sent } from './api-server.ts';
import { faultOf, type Fault, type FaultReason } from './fault.ts';
import { ownedResources } from './owned-resource.ts';
import { objectPath } from './watched-resource.ts';

/** An object to apply: Sluice owns each field in it. */
export interface AppliedManifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** Reads and writes the objects that Sluice makes. Never rejects; an aborted request may have been carried out. */
export class Objects {
  readonly #api: Pick<ApiServer, 'send'>;

  constructor(api: Pick<ApiServer, 'send'>) {
    this.#api = api;
  }

  /**
   * Server-side apply, by force: overwrites the manifest's fields, and removes those that an earlier manifest of the
   * same `manager` had and this one lacks. Other fields stay.
   * https://kubernetes.io/docs/reference/using-api/server-side-apply/
   */
  apply(manifest: AppliedManifest, signal: AbortSignal, manager = fieldManager): Promise<ObjectAnswer> {
    const { name, namespace } = manifest.metadata;
    const query = new URLSearchParams({ fieldManager: manager, force: 'true' });
    const contentType = 'application/apply-patch+yaml';
    const ref = { kind: manifest.kind, namespace, name };
    return this.#send(ref, { method: 'PATCH', query, contentType, body: manifest }, signal);
  }

  async read(ref: ObjectRef, signal: AbortSignal): Promise<ObjectAnswer> {
    return unlessAbsent(await this.#send(ref, { method: 'GET' }, signal));
  }

  /** Deletes the object of this uid: a newer one of the same name stays. */
  async delete(object: OwnedObject, signal: AbortSignal): Promise<ObjectAnswer> {
    const body = { preconditions: { uid: object.uid }, propagationPolicy: 'Background' };
    const answer = unlessAbsent(await this.#send(object, { method: 'DELETE', body }, signal));
    return answer.kind === 'done' ? absent : answer;
  }

  async #send(ref: ObjectRef, request: Omit<Sent, 'path'>, signal: AbortSignal): Promise<ObjectAnswer> {
    const path = pathOf(ref);
    if (path === undefined) return failed('refused', `Sluice makes no ${ref.kind}`);
    try {
      const document = await this.#api.send({ ...request, path }, signal);
      const object = ownedObject(ref.kind, document);
      if (object !== undefined || request.method === 'DELETE') return { kind: 'done', object };
      return failed('unavailable', 'the answer of the API server is no object');
    } catch (error) {
      const fault = faultOf(error);
      return failed(reasonOf(fault), fault.message, fault.retryAfterMs);
    }
  }
}

const absent: ObjectAnswer = { kind: 'done', object: undefined };

function unlessAbsent(answer: ObjectAnswer): ObjectAnswer {
  return answer.kind === 'failed' && answer.reason === 'absent' ? absent : answer;
}

function pathOf({ kind, namespace, name }: ObjectRef): string | undefined {
  const resource = ownedResources.find((one) => one.kind === kind);
  return resource && objectPath(resource, resource.versions[0], namespace, name);
}

function reasonOf({ reason, status, message }: Fault): ObjectFault {
  // An unknown field, a wrong type or two items of one key: the API server answers 500, but a retry does not help.
  if (status === 500 && message.includes('failed to create typed patch object')) return 'refused';
  // The API server has no code of its own for it: https://github.com/kubernetes/kubernetes/pull/73821
  if (reason === 'forbidden' && message.includes('because it is being terminated')) return 'terminating';
  return objectFaults[reason] ?? 'unavailable';
}

const objectFaults: Partial<Record<FaultReason, ObjectFault>> = {
  conflict: 'conflict',
  absent: 'absent',
  forbidden: 'forbidden',
  refused: 'refused',
};

function failed(reason: ObjectFault, message: string, retryAfterMs = 0): ObjectAnswer {
  return { kind: 'failed', reason, message, retryAfterMs };
}
