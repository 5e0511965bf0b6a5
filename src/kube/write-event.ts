import { hash } from 'node:crypto';
import { record } from '../kinds/identity.ts';
import type { Notice } from '../kinds/notice.ts';
import { splitResourceKey } from '../lib/key.ts';
import type { ApiServer } from './api-server.ts';
import { faultOf } from './fault.ts';

export interface EventSource {
  readonly controllerName: string;
  /** Name of this replica. */
  readonly replica: string;
  readonly wallMs: number;
}

/** The object as `kubectl describe` looks for its Events. */
export interface EventObject {
  readonly apiVersion: string;
  readonly uid: string;
}

/**
 * Writes a notice as a Warning on its object. Its name follows from its content, so that each replica and each start
 * counts on in the same Event. Throws a Fault.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export async function writeEvent(
  api: ApiServer,
  notice: Notice,
  regarding: EventObject,
  source: EventSource,
  signal: AbortSignal,
): Promise<void> {
  const { kind, namespace, name } = splitResourceKey(notice.object);
  const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const time = microTime(source.wallMs);
  const event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace, name: eventName(name, notice, regarding.uid) },
    eventTime: time,
    type: 'Warning',
    reason: notice.reason,
    action: 'Translate',
    note: notice.message.slice(0, maxNote),
    reportingController: source.controllerName,
    reportingInstance: source.replica.slice(0, maxInstance),
    regarding: { ...regarding, kind, namespace, name },
  };
  try {
    await api.send({ method: 'POST', path, body: event }, signal);
  } catch (error) {
    if (faultOf(error).reason !== 'conflict') throw error;
    await countOn(api, `${path}/${event.metadata.name}`, time, signal);
  }
}

/** Counts an Event once more; its series starts with the second time. */
async function countOn(api: ApiServer, path: string, time: string, signal: AbortSignal): Promise<void> {
  const known = record(await api.send({ method: 'GET', path }, signal));
  const count = record(known?.['series'])?.['count'];
  const series = { count: (typeof count === 'number' ? count : 1) + 1, lastObservedTime: time };
  const contentType = 'application/merge-patch+json';
  await api.send({ method: 'PATCH', path, contentType, body: { series } }, signal);
}

/** Limits of the API server, in characters: `note` 1,024 bytes, `reportingInstance` 128, names 253. */
const maxNote = 1000;
const maxInstance = 128;
const maxName = 230;

function eventName(object: string, { reason, message }: Notice, uid: string): string {
  const id = hash('sha256', `${uid} ${reason} ${message}`).slice(0, 16);
  return `${object.slice(0, maxName).replace(/[^a-z0-9]+$/, '')}.${id}`;
}

/** The API server takes microseconds with exactly six digits. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
