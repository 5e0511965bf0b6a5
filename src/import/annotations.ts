import { corsOf } from './cors.ts';
import type { Ingress, Report } from './ingress.ts';
import { securityOf } from './security.ts';

export interface Canary {
  readonly weight: number;
  readonly header: string | undefined;
  readonly headerValue: string | undefined;
}

/** The annotations of an Ingress, as what they do. */
export interface Settings {
  readonly isRegex: boolean;
  readonly rewrite: string | undefined;
  readonly toHttps: 'with a certificate' | 'always' | 'never';
  /** Filters of each rule. */
  readonly filters: readonly object[];
  /** Spec of a BackendTrafficPolicy, and of a SecurityPolicy, without targets. */
  readonly traffic: object | undefined;
  readonly security: object | undefined;
  readonly canary: Canary | undefined;
  /** An annotation that may restrict requests is not carried over: the rules have no backend, and answer 500. */
  readonly isClosed: boolean;
}

const prefix = 'nginx.ingress.kubernetes.io/';

/** Annotations that restrict requests or decide where they go: a route without them would let through too much. */
const closes =
  /^(auth-|satisfy$|limit-|(white|allow|deny)list-|.*modsecurity|.*-snippet$|(permanent|temporal)-redirect|ssl-passthrough$|canary-by-(cookie|header-pattern)$)/;

/** Reads each annotation at most once; what is not read is not carried over. */
export class Annotations {
  readonly #values: ReadonlyMap<string, string>;
  readonly #read = new Set<string>();
  readonly #report: Report;
  isClosed = false;

  constructor(annotations: Readonly<Record<string, string>>, report: Report) {
    const own = Object.entries(annotations).filter(([name]) => name.startsWith(prefix));
    this.#values = new Map(own.map(([name, value]) => [name.slice(prefix.length), value]));
    this.#report = report;
  }

  text(name: string): string | undefined {
    this.#read.add(name);
    return this.#values.get(name);
  }

  isTrue(name: string, byDefault = false): boolean {
    const text = this.text(name);
    return text === undefined ? byDefault : text === 'true';
  }

  list(name: string): string[] | undefined {
    const items = this.text(name)
      ?.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return items === undefined || items.length === 0 ? undefined : items;
  }

  /** Reads a number; reports another value. */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
    this.refuse(name, 'must be a whole number');
    return undefined;
  }

  refuse(name: string, message: string): void {
    const isClosing = closes.test(name);
    this.isClosed ||= isClosing;
    const effect = isClosing ? '; as it restricts requests, its rules have no backend and answer 500' : '';
    this.#report(['metadata', 'annotations', `${prefix}${name}`], `${message}${effect}`);
  }

  refuseOthers(): void {
    for (const name of this.#values.keys())
      if (!this.#read.has(name)) this.refuse(name, 'is not carried over');
  }
}

export function settingsOf({ annotations: texts, namespace }: Ingress['metadata'], report: Report): Settings {
  const annotations = new Annotations(texts, report);
  const rewrite = annotations.text('rewrite-target');
  const host = annotations.text('upstream-vhost');
  const isVariable = host?.includes('$') === true;
  if (isVariable) annotations.refuse('upstream-vhost', 'has a variable of nginx');
  const protocol = annotations.text('backend-protocol') ?? 'HTTP';
  if (protocol !== 'HTTP') annotations.refuse('backend-protocol', 'needs a BackendTLSPolicy or a GRPCRoute');
  const isForced = annotations.isTrue('force-ssl-redirect');
  const isWanted = annotations.isTrue('ssl-redirect', true);
  const settings = {
    isRegex: annotations.isTrue('use-regex') || rewrite?.includes('$') === true,
    rewrite,
    toHttps: isForced ? 'always' : isWanted ? 'with a certificate' : 'never',
    filters: [
      ...(host === undefined || isVariable ? [] : [{ type: 'URLRewrite', urlRewrite: { hostname: host } }]),
      ...corsOf(annotations),
    ],
    traffic: trafficOf(annotations),
    security: securityOf(annotations, namespace),
    canary: canaryOf(annotations),
  } as const;
  annotations.refuseOthers();
  return { ...settings, isClosed: annotations.isClosed };
}

function canaryOf(annotations: Annotations): Canary | undefined {
  if (!annotations.isTrue('canary')) return undefined;
  const total = annotations.number('canary-weight-total') ?? 100;
  const weight = Math.min(total, annotations.number('canary-weight') ?? 0);
  if (total !== 100) annotations.refuse('canary-weight-total', 'is 100 here; canary-weight is scaled');
  return {
    weight: total === 0 ? 0 : Math.round((weight * 100) / total),
    header: annotations.text('canary-by-header'),
    headerValue: annotations.text('canary-by-header-value'),
  };
}

function trafficOf(annotations: Annotations): object | undefined {
  const connect = annotations.number('proxy-connect-timeout');
  const idle = ['proxy-read-timeout', 'proxy-send-timeout'].flatMap((name) => annotations.number(name) ?? []);
  const limit = bodyLimit(annotations);
  const timeout = {
    ...(connect === undefined ? {} : { tcp: { connectTimeout: `${connect}s` } }),
    ...(idle.length === 0 ? {} : { http: { streamIdleTimeout: `${Math.max(...idle)}s` } }),
  };
  const policy = {
    ...(Object.keys(timeout).length === 0 ? {} : { timeout }),
    ...(limit === undefined ? {} : { requestBuffer: { limit } }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}

/** `8m` is `8Mi`; 0 is no limit. */
function bodyLimit(annotations: Annotations): string | undefined {
  const text = annotations.text('proxy-body-size');
  const [, number = '', unit = ''] = /^([1-9]\d*)([kmg]?)$/i.exec(text ?? '') ?? [];
  if (number !== '') return unit === '' ? number : `${number}${unit === 'k' ? 'K' : unit.toUpperCase()}i`;
  if (text !== undefined && text !== '0') annotations.refuse('proxy-body-size', 'must be a size, such as 8m');
  return undefined;
}
