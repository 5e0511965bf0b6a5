import { settingKey } from '../../../kinds/own/settings-key.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { ReadKey } from '../../../lib/key.ts';
import { urlCluster } from '../../../units/url-server.ts';
import { urlHostProblem } from '../../backends/url-host.ts';
import type { Reader } from '../../reader.ts';
import type { Server } from './server.ts';

export function urlServerKeys(): ReadKey[] {
  return [settingKey('backendHostnames'), settingKey('allowLoopbackEndpoints')];
}

/**
 * Resolves a server of a policy of the namespace `home` that a URL alone names: proxies find it by DNS, and verify it by the
 * CAs of their system. Only `https`: anybody on the way could answer in its place.
 */
export function serverOfUrl(reader: Reader, home: string, url: string, path: string): Server | Problem {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:')
    return { path, message: 'must be a URL with https, or have backendRefs' };
  const { hostname: host } = parsed;
  const port = parsed.port === '' ? 443 : Number(parsed.port);
  const problem = urlHostProblem(reader, host);
  if (problem !== undefined) return { path, message: problem };
  return { cluster: urlCluster(home, { host, port, isSecure: true }), authority: parsed.host };
}
