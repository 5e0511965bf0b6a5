import { DeltaDiscoveryResponse } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { noOutput, type UnitOutput, type XdsResource } from '../../../src/batch/outcome.ts';
import { must } from '../../../src/lib/assert.ts';
import { contentHash } from '../../../src/lib/hash.ts';
import { resourceKey } from '../../../src/lib/key.ts';
import { arrivedAt } from '../../../src/lib/origin.ts';
import { routeConfigurationOf } from '../../../src/units/virtual-host-name.ts';
import type { DeltaRequest } from '../../../src/xds/delta-request.ts';
import { DeltaStream, type StreamOptions } from '../../../src/xds/delta-stream.ts';
import { View } from '../../../src/publish/view.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { serviceOf, urlOf, type Service } from './xds-types.ts';

export interface Sent {
  readonly service: Service | undefined;
  readonly nonce: string;
  readonly names: readonly string[];
  readonly removed: readonly string[];
}

/** A server-side stream over a view that the test fills; the client sends only what the test says. */
export class StreamFixture {
  readonly clock = new ManualClock();
  readonly shared = { committing: false, blob: () => undefined };
  readonly view = new View(this.shared);
  readonly sent: Sent[] = [];
  readonly nacks: { readonly names: readonly string[]; readonly alone: boolean }[] = [];
  readonly overdue: string[] = [];
  readonly stream: DeltaStream;
  readonly #outputs = new Map<string, UnitOutput>();

  constructor(options: Partial<StreamOptions> = {}) {
    this.stream = new DeltaStream(
      {
        holdMs: 2000,
        drainMs: 1000,
        maxResources: 1000,
        maxBytes: 1 << 20,
        controlPlane: 'test',
        ...options,
      },
      this.clock,
      {
        write: (message) => void this.sent.push(read(message.toBuffer())),
        onSent: () => {},
        onAnswer: () => {},
        onVersions: () => {},
        onNack: (_, versions) =>
          void this.nacks.push({ names: [...versions.keys()], alone: versions.size === 1 }),
        onPostponed: () => {},
        onOverdue: (reason) => void this.overdue.push(reason),
      },
    );
  }

  /**
   * `publish` tells the stream. A cluster names endpoints, and a listener routes, of its own name; `more` is added. A
   * VirtualHost is named `<RouteConfiguration>/<domain>`.
   */
  put(
    service: Service,
    name: string,
    content: string,
    more: readonly (readonly [Service, string])[] = [],
  ): void {
    const key = `${service} ${name}`;
    const after = outputOf(resourceOf(service, name, content, more));
    const before = this.#outputs.get(key);
    this.view.add(after);
    if (before !== undefined) this.view.remove(before, after);
    this.#outputs.set(key, after);
  }

  delete(service: Service, name: string): void {
    const key = `${service} ${name}`;
    const before = this.#outputs.get(key);
    if (before !== undefined) this.view.remove(before, undefined);
    this.#outputs.delete(key);
  }

  versionOf(service: Service, name: string): string {
    return must(this.view.get(urlOf(service), name), `${service} ${name}`).version;
  }

  publish(): void {
    this.view.epoch++;
    this.stream.publish(this.view, this.view.takeChanges(), arrivedAt(this.clock.now()));
  }

  request(service: Service, fields: Partial<DeltaRequest> = {}): void {
    const none = { node: undefined, subscribe: [], unsubscribe: [], initialVersions: new Map(), nonce: '' };
    this.stream.receive({ ...none, typeUrl: urlOf(service), error: undefined, ...fields });
  }

  ack(service: Service, error?: string): void {
    const nonce = this.sent.findLast((response) => response.service === service)?.nonce ?? '';
    this.request(service, { nonce, error });
  }

  /** A line for each response since the last call. */
  take(): string[] {
    return this.sent
      .splice(0)
      .map(({ service, names, removed }) =>
        [service, ...names, ...removed.map((name) => `-${name}`)].join(' '),
      );
  }

  /** ACKs until nothing is left to ACK. */
  ackAll(): string[] {
    const lines: string[] = [];
    while (this.sent.length > 0) {
      const responses = this.sent.splice(0);
      for (const { service, nonce, names, removed } of responses) {
        lines.push([service, ...names, ...removed.map((name) => `-${name}`)].join(' '));
        if (service !== undefined) this.request(service, { nonce });
      }
    }
    return lines;
  }
}

/** Connects a client that has cluster `a`, its endpoints, listener `l` and routes `r`. */
export function served(options?: ConstructorParameters<typeof StreamFixture>[0]): StreamFixture {
  const fixture = new StreamFixture(options);
  fixture.put('CDS', 'a', 'a1');
  fixture.put('EDS', 'a', 'a1');
  fixture.put('SDS', 's', 's1');
  fixture.put('LDS', 'l', 'l1', [['SDS', 's']]);
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('CDS');
  fixture.request('EDS', { subscribe: ['a'] });
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['l'] });
  fixture.request('SDS', { subscribe: ['s'] });
  fixture.ackAll();
  return fixture;
}

function resourceOf(
  service: Service,
  name: string,
  content: string,
  more: readonly (readonly [Service, string])[],
): XdsResource {
  const bytes = Buffer.from(content);
  const own: Partial<Record<Service, Service>> = { CDS: 'EDS', LDS: 'RDS' };
  const named = own[service];
  const names = [...(named === undefined ? [] : [[named, name] as const]), ...more].map(([type, other]) => ({
    typeUrl: urlOf(type),
    name: other,
  }));
  return { typeUrl: urlOf(service), name, version: contentHash(bytes), bytes, madeOf: [], names };
}

function outputOf(resource: XdsResource): UnitOutput {
  if (resource.typeUrl !== urlOf('VHDS')) return { ...noOutput, resources: [resource] };
  const routeConfiguration = routeConfigurationOf(resource.name);
  const { version, bytes, madeOf } = resource;
  const domain = resource.name.slice(routeConfiguration.length + 1);
  const entries = [{ order: '0 0 route', rule: '', bytes }];
  const owner = resourceKey('HTTPRoute', 'ns', 'route');
  return { ...noOutput, fragments: [{ routeConfiguration, domain, owner, version, entries, madeOf }] };
}

function read(message: Buffer): Sent {
  const {
    typeUrl = '',
    nonce = '',
    resources = [],
    removedResources = [],
  } = DeltaDiscoveryResponse.decode(message);
  return {
    service: serviceOf(typeUrl),
    nonce,
    removed: removedResources,
    names: resources.map(({ name = '' }) => name),
  };
}
