import { hash, scrypt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { FetchRequest } from './module-fetch.ts';

/** Bound of the remembered identities with a secret; each costs 50 ms of a core to compute. */
const maxKnown = 1000;

const known = new LRUCache<string, string>({ max: maxKnown });

/**
 * Returns the identity of a request (place, authorities, credentials) as a name on disk, in hex. It is slow by design:
 * a password must not be found by trying when the disk is stolen.
 */
export async function diskIdentity({
  source,
  sha256,
  credentials,
  ca,
}: Pick<FetchRequest, 'source' | 'sha256' | 'credentials' | 'ca'>): Promise<string> {
  const place = JSON.stringify([source.kind, source.url, sha256 ?? null, ca ?? null]);
  // The URL of a file may hold a password too.
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
