import type { ProxyDetailsJson, ProxyTypeJson } from '../run/proxy-json.ts';
import { askAll, listWith } from './ask.ts';
import type { Surroundings } from './command.ts';
import type { Output, Place } from './place.ts';
import { print } from './print.ts';
import { proxiesText } from './proxy-table.ts';

export interface ListProxiesOptions extends Place {
  /** Node id of one proxy; undefined: all. */
  readonly proxy: string | undefined;
  readonly wrong: boolean;
  readonly output: Output;
}

/** `sluice proxies [PROXY]`: resolves to the exit code. */
export async function listProxies(
  { proxy, wrong, output, ...place }: ListProxiesOptions,
  surroundings: Surroundings,
): Promise<number> {
  const search = proxy === undefined ? '' : `?${new URLSearchParams({ proxy }).toString()}`;
  const answers = await askAll(
    'proxies',
    place,
    `/debug/proxies${search}`,
    listWith<ProxyDetailsJson>('proxy', 'types'),
    surroundings,
  );
  if (answers === undefined) return 2;
  const all = answers.flatMap(({ replica, value }) => value.map((one) => ({ ...one, replica })));
  if (proxy !== undefined && all.length === 0) {
    surroundings.terminal.err(`sluice: proxies: no proxy ${JSON.stringify(proxy)} is connected there`);
    return 2;
  }
  const shown = wrong ? all.filter(({ served, types }) => !served || types.some(isBehind)) : all;
  const text = (): string =>
    wrong && shown.length === 0 && all.length > 0
      ? `all ${all.length} connected proxies are up to date\n`
      : proxiesText(shown, proxy !== undefined || wrong);
  await print(shown, output, text, surroundings.terminal);
  return 0;
}

function isBehind({ behind, refused }: ProxyTypeJson): boolean {
  return behind + refused > 0;
}
