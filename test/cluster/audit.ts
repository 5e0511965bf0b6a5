import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { sluiceNamespace } from './sluice.ts';

export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

export const accounts = ['sluice', 'sluice-infrastructure'] as const;

/** `skip`: bytes of the log to leave out. */
export function auditOfSluice(cluster: Cluster, skip = 0, namespace = sluiceNamespace): AuditEvent[] {
  return accounts.flatMap((account) => auditOf(cluster, account, skip, namespace));
}

export function auditOf(
  cluster: Cluster,
  name: (typeof accounts)[number],
  skip = 0,
  namespace = sluiceNamespace,
): AuditEvent[] {
  const account = `system:serviceaccount:${namespace}:${name}`;
  return auditLog(cluster)
    .subarray(skip)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ user }) => user.username === account);
}

export function auditBytes(cluster: Cluster): number {
  return auditLog(cluster).length;
}

function auditLog({ folder }: Cluster): Buffer {
  return readFileSync(join(folder, 'logs', 'audit-apiserver.log'));
}
