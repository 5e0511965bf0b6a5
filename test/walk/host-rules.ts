import { routeConfigurationOf } from '../../src/units/virtual-host-name.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import { xdsJson } from '../rig/xds/xds-json.ts';
import { urlOf } from '../rig/xds/xds-types.ts';
import type { RouteTables } from './route-tables.ts';
import type { Response, StreamRules } from './stream-rules.ts';
import type { Wanted } from './wanted.ts';
import type { XdsMux } from './xds-mux.ts';

export interface HostRulesOptions {
  readonly tables: RouteTables;
  readonly mux: XdsMux;
  readonly wanted: Wanted;
  readonly violation: (problem: string, where: string) => void;
  /** Called when requests fail. */
  readonly failure: (problem: string, where: string) => void;
}

type Content = Pick<Response, 'brought' | 'removed'>;

/** Allowed VirtualHosts: of RouteConfigurations that the proxy has, all in the first response, and none lost. */
export class HostRules {
  readonly #options: HostRulesOptions;
  /** By RouteConfiguration that is new to the proxy: hosts that have to be in the first response with any of them. */
  readonly #expected = new Map<string, readonly string[]>();

  constructor(options: HostRulesOptions) {
    this.#options = options;
  }

  /** Called when RouteConfigurations are sent: a listener opens with the first host that comes. */
  onRoutes(brought: ReadonlyMap<string, HeldResource>): void {
    const { tables, wanted } = this.#options;
    for (const name of brought.keys())
      if (tables.get(name) === undefined) this.#expected.set(name, [...wanted.hostsOf(name)]);
  }

  /** Called when hosts are sent, with the responses that are not read yet. */
  onSent({ brought, removed }: Content, rules: StreamRules, unread: readonly Response[]): void {
    const { wanted, violation, failure } = this.#options;
    const routes = rules.type('RDS');
    for (const [name, { bytes }] of brought) {
      const table = routeConfigurationOf(name);
      if (xdsJson(urlOf('VHDS'), bytes)['name'] !== name) violation('is named otherwise inside', name);
      if (!routes.names.has(table) && !routes.wildcard)
        violation('its RouteConfiguration is not asked for', name);
      else if (!this.#isOnItsWay(table, rules, unread))
        violation('comes before its RouteConfiguration', name);
    }
    for (const name of removed) {
      const isUsed = this.#options.tables.of(name)?.hosts.has(name) === true;
      if (
        isUsed &&
        routes.names.has(routeConfigurationOf(name)) &&
        wanted.version('VHDS', name) !== undefined
      )
        failure('is removed, and wanted', name);
    }
  }

  /** Called before hosts are taken. */
  onTaken(response: Response, rules: StreamRules): void {
    const { brought, removed } = response;
    const { tables, wanted, failure } = this.#options;
    for (const table of new Set([...brought.keys(), ...removed].map(routeConfigurationOf))) {
      // A server that does not know yet that the RouteConfiguration was left sends what differs.
      if (tables.get(table)?.isReady !== false || !rules.isAnswer(response, `RDS ${table}`)) continue;
      for (const host of this.#expected.get(table) ?? []) {
        if (brought.has(host) || wanted.version('VHDS', host) === undefined) continue;
        failure(`its listener opens without ${host}`, table);
      }
    }
  }

  /** True for a RouteConfiguration that it has, as far as the server can know. */
  #isOnItsWay(table: string, rules: StreamRules, unread: readonly Response[]): boolean {
    const { tables, mux } = this.#options;
    if (tables.get(table) !== undefined || mux.find('RDS')?.isRequested(table) !== true) return true;
    if (rules.type('RDS').unanswered !== undefined) return true;
    return unread.some(({ service, brought }) => service === 'RDS' && brought.has(table));
  }
}
