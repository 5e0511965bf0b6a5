import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { withoutTrailing } from '../lib/without-trailing.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';

const named = { name: z.string() };

/** Only these fields: any other one has a meaning that the library knows. */
const plain = z.object({
  'current-context': z.string().optional(),
  contexts: z.array(z.object({ ...named, context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ ...named, cluster: z.unknown() })),
  users: z.array(z.object({ ...named, user: z.unknown() })),
});
const plainCluster = z.strictObject({
  server: z.url({ protocol: /^https$/ }),
  'certificate-authority-data': z.base64().optional(),
  'tls-server-name': z.string().optional(),
});
const plainUser = z.strictObject({
  token: z.string().min(1).optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key-data': z.base64().optional(),
});

/**
 * Cluster access from a kubeconfig that holds all of it: a token or a client certificate, no helper program and no other
 * file. Undefined for any other kubeconfig, also a broken one. The library for kubeconfigs, which reads those, takes 60
 * to 85 MiB.
 */
export function plainKubeconfig(file: string, context: string | undefined): ClusterAccess | undefined {
  let text: unknown;
  try {
    text = parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  const config = plain.safeParse(text).data;
  const use = config?.contexts.find(({ name }) => name === (context ?? config['current-context']))?.context;
  if (config === undefined || use === undefined) return undefined;
  const cluster = plainCluster.safeParse(
    config.clusters.find(({ name }) => name === use.cluster)?.cluster,
  ).data;
  const user = plainUser.safeParse(config.users.find(({ name }) => name === use.user)?.user).data;
  if (cluster === undefined || user === undefined) return undefined;
  const url = new URL(cluster.server);
  const credentials: Credentials = {
    headers: user.token === undefined ? {} : { Authorization: `Bearer ${user.token.trim()}` },
    tls: {
      ca: decoded(cluster['certificate-authority-data']),
      cert: decoded(user['client-certificate-data']),
      key: decoded(user['client-key-data']),
      servername: cluster['tls-server-name'],
      rejectUnauthorized: undefined,
    },
  };
  return {
    origin: url.origin,
    pathPrefix: withoutTrailing(url.pathname, '/'),
    credentials: () => Promise.resolve(credentials),
  };
}

function decoded(base64: string | undefined): Buffer | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}
