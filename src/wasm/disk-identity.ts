import { hash, scrypt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { FetchRequest } from './module-fetch.ts';

/** Policies with a secret that one process knows the names of; each costs 50 ms of a core to find out again. */
const maxKnown = 1000;

const known = new LRUCache<string, string>({ max: maxKnown });

/**
 * The identity that a request is of, as a name on disk, in hex: the place, the authorities and the credentials. A password
 * costs too much to be found by trying, should the disk fall into others' hands.
 */
export async function diskIdentity({
  source,
  sha256,
  credentials,
  ca,
}: Pick<FetchRequest, 'source' | 'sha256' | 'credentials' | 'ca'>): Promise<string> {
  const place = JSON.stringify([source.kind, source.url, sha256 ?? null, ca ?? null]);
  // The URL of a file may hold a password as well.
  if (credentials === undefined && !/^[^/]*\/\/[^/]*@/.test(source.url)) return hash('sha256', place, 'hex');
  const secret = JSON.stringify([credentials?.username ?? null, credentials?.password ?? null]);
  const text = hash('sha256', `${place} ${secret}`, 'hex');
  const found = known.get(text);
  if (found !== undefined) return found;
  const derived = await new Promise<string>((resolve, reject) => {
    scrypt(text, hash('sha256', source.kind, 'hex'), 32, (error, bytes) => {
      if (error === null) resolve(bytes.toString('hex'));
      else reject(error);
    });
  });
  known.set(text, derived);
  return derived;
}
