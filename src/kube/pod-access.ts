import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { failureText } from '../lib/failure.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The kubelet replaces token and CA, so each call looks at the files, and reads them when they are others. Throws an Error
 * of one line outside of a pod.
 */
export function podAccess(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = serviceAccount,
): ClusterAccess {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined) throw new Error('Sluice does not run in a pod: set provider.kubernetes.kubeconfig');
  const port = env['KUBERNETES_SERVICE_PORT_HTTPS'] ?? env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const files = [join(folder, 'token'), join(folder, 'ca.crt')] as const;
  let read: { readonly stamp: string; readonly credentials: Promise<Credentials> } | undefined;
  return {
    origin: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    pathPrefix: '',
    async credentials() {
      // Before the files are read: one that is replaced meanwhile is read again at the next call.
      const stamp = files.map(stampOf).join(' ');
      if (read?.stamp !== stamp) read = { stamp, credentials: readCredentials(files) };
      try {
        return await read.credentials;
      } catch (error) {
        read = undefined;
        throw error;
      }
    },
  };
}

async function readCredentials(files: readonly [string, string]): Promise<Credentials> {
  const [token, ca] = await Promise.all([readFile(files[0], 'utf8'), readFile(files[1])]);
  return { headers: { Authorization: `Bearer ${token.trim()}` }, tls: { ca } };
}

/** Costs some microseconds: two files read at each request would be a tenth of the request's CPU. */
function stampOf(file: string): string {
  const { ino, mtimeNs, size } = statSync(file, { bigint: true });
  return `${ino} ${mtimeNs} ${size}`;
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
