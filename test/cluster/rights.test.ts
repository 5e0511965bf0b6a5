import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts, auditOf, type AuditEvent } from './audit.ts';
import { Cluster } from './cluster.ts';
import { ensureSluice, sluiceNamespace } from './sluice.ts';

const cluster = new Cluster();

beforeAll(() => ensureSluice(cluster));
afterAll(() => cluster.close());

/** Runs last, to see what all other tests made Sluice do. The audit log names the role that allowed each request. */
test.each(accounts)(
  'every right of %s was used, and nothing was asked for that it does not have',
  async (account) => {
    const asked = auditOf(cluster, account);
    const allowed = new Set(asked.filter((event) => decision(event) === 'allow').map(request));
    const refused = asked.filter((event) => decision(event) !== 'allow' && !allowed.has(request(event)));
    expect(refused.map(request)).toEqual([]);
    const byOurRoles = asked.filter((event) =>
      /of (Cluster)?Role "sluice/.test(event.annotations?.['authorization.k8s.io/reason'] ?? ''),
    );
    const used = new Set(byOurRoles.map(right));
    // An apply that creates needs both rights, and has one entry in the log.
    for (const event of byOurRoles.filter(
      ({ verb, responseStatus }) => verb === 'patch' && responseStatus?.code === 201,
    ))
      used.add(right({ ...event, verb: 'create' }));
    // This API server streams its lists within watches; one that cannot is asked for them page by page.
    for (const watch of [...used].filter((entry) => entry.startsWith('watch ')))
      used.add(watch.replace('watch', 'list'));
    expect([...(await granted(account))].sort()).toEqual([...used].sort());
  },
);

function decision({ annotations }: AuditEvent): string | undefined {
  return annotations?.['authorization.k8s.io/decision'];
}

/** A request that was refused once and allowed at another time met an API server that had not read all roles yet. */
function request(event: AuditEvent): string {
  return `${right(event)} ${event.objectRef?.namespace ?? ''}/${event.objectRef?.name ?? ''}`;
}

/** Such as `patch gateway.networking.k8s.io/gateways/status`. */
function right({ verb, objectRef }: AuditEvent): string {
  const subresource = objectRef?.subresource === undefined ? '' : `/${objectRef.subresource}`;
  return `${verb} ${objectRef?.apiGroup ?? ''}/${objectRef?.resource ?? ''}${subresource}`;
}

async function granted(account: string): Promise<Set<string>> {
  const api = 'rbac.authorization.k8s.io/v1';
  const roles = [
    ...(await cluster.kube.list({ apiVersion: api, kind: 'ClusterRole' })),
    ...(await cluster.kube.list({ apiVersion: api, kind: 'Role' }, sluiceNamespace)),
  ].filter((role) => role.metadata.labels?.['app.kubernetes.io/name'] === account);
  expect(roles.length).toBeGreaterThan(1);
  const rights = new Set<string>();
  for (const role of roles) {
    for (const { apiGroups, resources, verbs } of role['rules'] as Rule[]) {
      for (const group of apiGroups)
        for (const resource of resources)
          for (const verb of verbs) rights.add(`${verb} ${group}/${resource}`);
    }
  }
  return rights;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
