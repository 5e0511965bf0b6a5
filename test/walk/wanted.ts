import type { View } from '../../src/publish/view.ts';
import { urlOf, type Service } from '../rig/xds/xds-types.ts';

/** Resources for the proxies of one Gateway now, by its view; none without one: the server leaves them as they are. */
export class Wanted {
  readonly view: () => View | undefined;

  constructor(view: () => View | undefined) {
    this.view = view;
  }

  version(service: Service, name: string): string | undefined {
    return this.view()?.get(urlOf(service), name)?.version;
  }

  /** True for one that proxies reject in every version. */
  isWithheld(service: Service, name: string): boolean {
    return this.view()?.clientKeeps(urlOf(service), name) === true;
  }

  hostsOf(table: string): Iterable<string> {
    return this.view()?.hostsOf(table) ?? [];
  }
}
