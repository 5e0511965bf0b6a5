import type { SentResource } from '../run/in-force/sent.ts';
import { askAll, listWith } from './ask.ts';
import { columns, duration, plain } from './columns.ts';
import type { Surroundings } from './command.ts';
import type { Output, Place } from './place.ts';
import { print } from './print.ts';

export interface GetResourcesOptions extends Place {
  readonly type: 'listeners' | 'routes' | 'clusters' | 'endpoints' | 'secrets';
  readonly name: string | undefined;
  readonly gateway: string | undefined;
  readonly output: Output;
}

/** `sluice get TYPE [NAME]`: resolves to the exit code. */
export async function getResources(
  { type, name, gateway, output, ...place }: GetResourcesOptions,
  surroundings: Surroundings,
): Promise<number> {
  const found: SentResource[] = [];
  for (const one of type === 'routes' ? ['routes', 'virtualHosts'] : [type]) {
    const query = new URLSearchParams({ type: one });
    if (gateway !== undefined) query.set('gateway', gateway);
    if (name !== undefined) query.set('name', name);
    if (name !== undefined || output !== 'table') query.set('decoded', 'true');
    const path = `/debug/in-force/sent?${query.toString()}`;
    const answers = await askAll('get', place, path, listWith<SentResource>('name', 'version'), surroundings);
    if (answers === undefined) return 2;
    found.push(...merged(answers.map(({ value }) => value)));
  }
  if (name !== undefined && found.length === 0) {
    surroundings.terminal.err(`sluice: get: no proxy is sent ${JSON.stringify(name)} in ${type}`);
    return 2;
  }
  await print(
    found,
    output,
    () => (name === undefined ? tableOf(found) : detailsOf(found)),
    surroundings.terminal,
  );
  return 0;
}

/** Replicas send the same, each to the proxies that are connected to it. */
function merged(replicas: readonly (readonly SentResource[])[]): readonly SentResource[] {
  const all = new Map<string, SentResource>();
  for (const one of replicas.flat()) {
    const id = `${one.gateway} ${one.name} ${one.version}`;
    const before = all.get(id);
    all.set(id, {
      ...one,
      proxies: one.proxies + (before?.proxies ?? 0),
      lacking: one.lacking + (before?.lacking ?? 0),
      lackedBy: [...(before?.lackedBy ?? []), ...one.lackedBy],
    });
  }
  return [...all.values()];
}

function tableOf(resources: readonly SentResource[]): string {
  if (resources.length === 0) return 'no proxy is sent any\n';
  const hasCertificates = resources.some(({ certificates }) => certificates !== undefined);
  return columns([
    ['GATEWAY', 'NAME', 'VERSION', 'LACKED BY', ...(hasCertificates ? ['VALID UNTIL', 'CERTIFICATE'] : [])],
    ...resources.map(({ gateway, name, version, proxies, lacking, certificates }) => [
      plain(gateway),
      plain(name),
      version,
      `${lacking} of ${proxies}`,
      ...(hasCertificates ? certificateCells(certificates) : []),
    ]),
  ]);
}

function certificateCells([first]: SentResource['certificates'] = []): [string, string] {
  return first === undefined ? ['-', '-'] : [first.validUntil, plain(first.names.join(', '))];
}

async function detailsOf(resources: readonly SentResource[]): Promise<string> {
  const { stringify } = await import('yaml');
  return resources
    .map((one) =>
      [
        tableOf([one]),
        ...one.lackedBy.map(
          ({ proxy, acked = 'none', forMs, why }) =>
            `proxy ${plain(proxy)} has version ${acked} for ${duration(forMs)}: ${why}\n`,
        ),
        ...(one.resource === undefined ? [] : [stringify(one.resource)]),
      ].join('\n'),
    )
    .join('\n');
}
