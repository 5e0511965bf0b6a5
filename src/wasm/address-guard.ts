import { isIP } from 'node:net';
import { addressScope } from '../kinds/shape/address-scope.ts';
import { IpRanges, plainAddress } from '../kinds/shape/ip-ranges.ts';
import type { Places } from './module-fetch.ts';

/**
 * Decides where a fetch may go to. A policy's author chooses the URL and Sluice's place in the network is not theirs, so
 * addresses that mean something else to Sluice than to them are always refused: loopback, link-local, the metadata
 * services of clouds, Sluice's own, and those of the API server. Private ranges are allowed, since registries live there.
 *
 * Hosts are given as `URL` spells them, which turns `0x7f.1`, `2130706433` and `0177.0.0.1` into 127.0.0.1.
 */
export class AddressGuard {
  readonly #refused = new IpRanges();
  readonly #refusedNames: ReadonlySet<string>;
  readonly #trusted: ReadonlySet<string>;
  readonly #allow: readonly string[];
  readonly #allowed: IpRanges;

  /** `own`: the addresses of this machine. */
  constructor({ allow, trust, refused }: Places, own: readonly string[]) {
    for (const address of [...refused, ...own]) this.#refused.add(address);
    this.#refusedNames = new Set(refused.map((host) => host.toLowerCase()));
    this.#trusted = new Set(trust.map(placeOf));
    this.#allow = allow;
    this.#allowed = new IpRanges(allow);
  }

  /** Returns why nothing may be fetched from the host at these addresses; undefined: it may. One bad address refuses all. */
  problem(host: string, port: number, addresses: readonly string[]): string | undefined {
    const name = host.toLowerCase().replace(/\.$/, '');
    if (addresses.length === 0) return `${name} has no address`;
    // One bad address among good ones is a name that means to be asked again until it is the bad one's turn.
    for (const address of addresses) {
      if (this.#isTrusted(address, port)) continue;
      if (this.#refusedNames.has(name)) return `${name} is where no module may come from`;
      if (
        isIP(address) === 0 ||
        addressScope(plainAddress(address)) !== 'routable' ||
        this.#refused.has(address)
      )
        return `${name} is at ${isIP(address) === 0 ? 'no IP address' : address}, where no module may come from`;
    }
    const isAllowed =
      this.#allow.length === 0 ||
      this.#allow.some((glob) => matches(glob, name)) ||
      addresses.every((address) => this.#isTrusted(address, port) || this.#allowed.has(address));
    return isAllowed ? undefined : `${name} is not in wasm.allow, so no module may come from there`;
  }

  #isTrusted(address: string, port: number): boolean {
    return this.#trusted.has(`${plainAddress(address)} ${port}`);
  }
}

function matches(glob: string, name: string): boolean {
  const pattern = glob.toLowerCase();
  return pattern.startsWith('*.')
    ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1
    : name === pattern;
}

/** `ADDRESS:PORT` as `problem` asks for it. */
function placeOf(entry: string): string {
  const colon = entry.lastIndexOf(':');
  return `${plainAddress(entry.slice(0, colon).replaceAll(/[[\]]/g, ''))} ${entry.slice(colon + 1)}`;
}
