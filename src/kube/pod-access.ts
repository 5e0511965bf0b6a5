import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { failureText } from '../lib/failure.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet replaces token and CA, so each call reads them. Throws an Error of one line outside of a pod. */
export function podAccess(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = serviceAccount,
): ClusterAccess {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined) throw new Error('Sluice does not run in a pod: set provider.kubernetes.kubeconfig');
  const port = env['KUBERNETES_SERVICE_PORT_HTTPS'] ?? env['KUBERNETES_SERVICE_PORT'] ?? '443';
  return {
    origin: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    pathPrefix: '',
    async credentials() {
      const [token, ca] = await Promise.all([
        readFile(join(folder, 'token'), 'utf8'),
        readFile(join(folder, 'ca.crt')),
      ]);
      return { headers: { Authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    },
  };
}

export function podNamespace(folder: string = serviceAccount): string {
  try {
    return readFileSync(join(folder, 'namespace'), 'utf8').trim();
  } catch (error) {
    const reason = failureText(error);
    throw new Error(`Sluice does not run in a pod (${reason}): set provider.kubernetes.namespace`, {
      cause: error,
    });
  }
}
