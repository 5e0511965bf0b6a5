import { accessSync, constants } from 'node:fs';
import { failureText } from '../lib/failure.ts';
import { isLoopback } from './loopback.ts';
import type { Config } from './config.ts';
import type { Issue } from './issue.ts';

/** Checks the rules between options, which no option's type can state. */
export function brokenRules(config: Config): readonly Issue[] {
  return [windowRule, tlsRule, proxiesRule, portRule, leaseRule].flatMap((rule) => [...rule(config)]);
}

function* windowRule(config: Config): Generator<Issue> {
  for (const lane of ['endpoints', 'config'] as const) {
    const { windowMs, maxWindowMs } = config[lane];
    if (maxWindowMs >= windowMs) continue;
    yield {
      path: [lane, 'maxWindowMs'],
      message: `must be >= ${lane}.windowMs, which is ${windowMs} (got ${maxWindowMs})`,
    };
  }
}

function* tlsRule({ xds, provider }: Config): Generator<Issue> {
  if (xds.tls === 'off') {
    if (isLoopback(xds.address)) return;
    const message = `off is accepted on a loopback address alone, and xds.address is ${xds.address}: name certFile, keyFile and caFile`;
    yield { path: ['xds', 'tls'], message };
    return;
  }
  if ('secret' in xds.tls) {
    if (provider.type === 'kubernetes') return;
    yield {
      path: ['xds', 'tls', 'secret'],
      message: 'needs the provider kubernetes: name certFile, keyFile and caFile',
    };
    return;
  }
  for (const name of ['certFile', 'keyFile', 'caFile', 'tokenKeyFile'] as const) {
    if (xds.tls[name] === '') continue;
    try {
      accessSync(xds.tls[name], constants.R_OK);
    } catch (error) {
      const message = `${xds.tls[name]} cannot be read (${failureText(error)})`;
      yield { path: ['xds', 'tls', name], message };
    }
  }
}

/** Sluice can give proxies in pods only a certificate that it has made itself. */
function* proxiesRule({ provider, xds: { tls } }: Config): Generator<Issue> {
  if (provider.type !== 'kubernetes' || !provider.kubernetes.infrastructure.enabled) return;
  if (tls !== 'off' && 'secret' in tls) return;
  const message =
    'needs xds.tls.secret, from which proxies get their certificates: name one, or set this to false';
  yield { path: ['provider', 'kubernetes', 'infrastructure', 'enabled'], message };
}

function* portRule(config: Config): Generator<Issue> {
  const servers = ['xds', 'admin', 'probes'] as const;
  for (const [i, name] of servers.entries()) {
    const { address, port } = config[name];
    const other = servers
      .slice(0, i)
      .find((each) => config[each].port === port && config[each].address === address);
    if (port !== 0 && other !== undefined)
      yield { path: [name, 'port'], message: `must differ from ${other}.port (got ${port})` };
  }
}

/** A leader must have time for a second renewal before it stops, at two thirds of its Lease. */
function* leaseRule({ provider }: Config): Generator<Issue> {
  if (provider.type !== 'kubernetes') return;
  const { leaseMs, renewMs } = provider.kubernetes.leaderElection;
  if (renewMs <= leaseMs / 3) return;
  yield {
    path: ['provider', 'kubernetes', 'leaderElection', 'renewMs'],
    message: `must be at most a third of provider.kubernetes.leaderElection.leaseMs, which is ${leaseMs} (got ${renewMs})`,
  };
}
