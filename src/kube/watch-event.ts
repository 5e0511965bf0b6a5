import { record } from '../kinds/identity.ts';
import { Fault, statusFault } from './fault.ts';

export type WatchEvent =
  | ObjectEvent
  | {
      readonly kind: 'bookmark';
      readonly resourceVersion: string;
      /** True when all objects that existed at the start of the watch have been sent. */
      readonly endsList: boolean;
    };

export interface ObjectEvent {
  readonly kind: 'put' | 'delete';
  readonly object: unknown;
}

/**
 * Reads a line of a watch. Throws the fault of an ERROR event, and a `garbled` one for a line that is no event. Its
 * message quotes nothing: the line may hold a Secret.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 */
export function readWatchEvent(line: Buffer): WatchEvent {
  const event = record(parseJson(line));
  const object = record(event?.['object']);
  if (object === undefined) throw new Fault('garbled', 'a line of the watch is no event');
  switch (event?.['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object };
    case 'DELETED':
      return { kind: 'delete', object };
    case 'BOOKMARK':
      return bookmark(object);
    case 'ERROR': {
      const code = object['code'];
      throw statusFault(typeof code === 'number' ? code : 0, object);
    }
    default:
      throw new Fault('garbled', 'a line of the watch has an unknown type');
  }
}

export function versionOf(object: unknown): string {
  const version = record(record(object)?.['metadata'])?.['resourceVersion'];
  if (typeof version !== 'string' || version === '')
    throw new Fault('garbled', 'an object of the watch has no resourceVersion');
  return version;
}

/** Parses JSON of the API server. The parser's own message would quote the text. */
export function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8')) as unknown;
  } catch {
    throw new Fault('garbled', 'the answer of the API server is not JSON');
  }
}

function bookmark(object: Readonly<Record<string, unknown>>): WatchEvent {
  const metadata = record(object['metadata']);
  const resourceVersion = metadata?.['resourceVersion'];
  if (typeof resourceVersion !== 'string' || resourceVersion === '')
    throw new Fault('garbled', 'a bookmark of the watch has no resourceVersion');
  const ends = record(metadata?.['annotations'])?.['k8s.io/initial-events-end'];
  return { kind: 'bookmark', resourceVersion, endsList: ends === 'true' };
}
