import { randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { sessionKeyRow } from '../kinds/own/session-key.ts';
import type { RowChange } from '../kinds/row.ts';
import { BackOff } from '../kube/back-off.ts';
import { Fault, type FaultReason } from '../kube/fault.ts';
import { SecretStore } from '../kube/secret-store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import { keyInFile } from '../sessions/key-file.ts';
import { SessionKeeper } from '../sessions/session-keeper.ts';
import type { Cluster } from './cluster.ts';

export interface Sessions {
  /** Resolves when the key of sessions is a row, or cannot be had. Translation before it would close routes with logins. */
  readonly tried: Promise<void>;
  close(): void;
}

interface SessionsPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly onRow: (change: RowChange) => void;
}

/** Throws when the file of the key cannot be used. */
export function openSessions(
  { secret, file }: Config['sessions'],
  cluster: Cluster | undefined,
  { log, clock, onRow }: SessionsPorts,
): Sessions {
  const onKey = (key: string): void => onRow({ kind: 'put', row: sessionKeyRow(key) });
  if (cluster === undefined) {
    onKey(file === '' ? randomBytes(32).toString('base64') : keyInFile(file));
    return { tried: Promise.resolve(), close: () => {} };
  }
  const keeper = new SessionKeeper({
    log,
    clock,
    store: new SecretStore(cluster.api, cluster.namespace, secret),
    backOff: new BackOff(),
    isLasting: (error) => error instanceof Fault && lasting.has(error.reason),
    onKey,
  });
  keeper.start();
  return { tried: keeper.tried, close: () => keeper.close() };
}

/** Rights and requests that are wrong stay so until somebody acts. */
const lasting: ReadonlySet<FaultReason> = new Set(['forbidden', 'unauthorized', 'refused', 'absent']);
