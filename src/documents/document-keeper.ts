import { oidcProviderRow, type OidcProviderRow } from '../kinds/own/oidc-provider.ts';
import type { RowChange } from '../kinds/row.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Places } from '../remote/address-guard.ts';
import type { Unreachable } from '../remote/attempt-result.ts';
import type { CheckState } from '../remote/check-state.ts';
import { CheckSchedule, type ScheduleOptions, type ScheduleSurroundings } from '../remote/check-schedule.ts';
import type { CircuitBreaker } from '../remote/circuit-breaker.ts';
import type { RemoteCheck, ServerState } from '../remote/remote-check.ts';
import { oidcProviderKey, type ProviderRef } from '../units/oidc-provider-key.ts';
import { judgeDocument, unasked, type DocumentVerdict } from './document-verdict.ts';
import { hostOfIssuer, type DocumentRequest, type DocumentResult } from './fetch-document.ts';

export interface DocumentKeeperOptions extends ScheduleOptions, Pick<DocumentRequest, 'limits'> {
  readonly ttlMs: number;
  readonly places: Places;
}

/** Collaborators and callbacks of a DocumentKeeper. No callback may throw. */
export interface DocumentKeeperPorts extends ScheduleSurroundings {
  readonly fetch: (request: DocumentRequest) => Promise<DocumentResult>;
  /** Called before each use: a changed option applies to the next attempt. */
  readonly options: () => DocumentKeeperOptions;
  /** Called in a later turn than its cause. */
  readonly onRow: (change: RowChange) => void;
  readonly onAttempt?: (result: DocumentResult, seconds: number) => void;
}

export interface DocumentsState {
  readonly documents: Readonly<Record<OidcProviderRow['state'], number>>;
  readonly servers: Readonly<Record<CircuitBreaker['state'], number>>;
  /** Due and running checks, without those that wait for a server. */
  readonly backlog: number;
  readonly backlogOf: Iterable<readonly [string, number]>;
  /** Longest time that a document has been unconfirmed after the end of its TTL. */
  readonly staleMs: number;
}

interface DocumentCheck extends RemoteCheck<DocumentCheck> {
  /** Key of the row: one for each issuer and CA of a namespace. */
  readonly key: ResourceKey;
  readonly provider: ProviderRef;
  /** Policies that ask for it. */
  readonly users: Set<ResourceKey>;
  verdict: DocumentVerdict;
  reported: string | undefined;
}

/**
 * Keeps the discovery document of every OpenID provider that policies name. Works in the background and reports rows, so
 * translation never waits for a provider: a slow one delays only the first use of its own document. Attempts never stop. Costs
 * grow with the providers of each namespace, and not with the policies that name one.
 */
export class DocumentKeeper {
  readonly #ports: DocumentKeeperPorts;
  readonly #schedule: CheckSchedule<DocumentCheck, DocumentResult>;
  readonly #checks = new Map<ResourceKey, DocumentCheck>();
  readonly #byPolicy = new Map<ResourceKey, DocumentCheck>();
  readonly #dirty = new Set<ResourceKey>();

  constructor(ports: DocumentKeeperPorts) {
    this.#ports = ports;
    this.#schedule = new CheckSchedule({
      ...ports,
      ttlMs: () => ports.options().ttlMs,
      attempt: (check) => ports.fetch(this.#requestOf(check)),
      onResult: (check, server, result, seconds) => this.#onResult(check, server, result, seconds),
      onBlocked: (check, failure) => this.#block(check, failure),
      onPass: () => this.#report(),
    });
  }

  /** Sets the provider that a policy asks for; undefined: none. The row follows later. */
  set(policy: ResourceKey, provider: ProviderRef | undefined): void {
    const { namespace } = splitResourceKey(policy);
    const before = this.#byPolicy.get(policy);
    const key = provider && oidcProviderKey(namespace, provider);
    if (before?.key === key) return;
    if (provider === undefined || key === undefined) this.#byPolicy.delete(policy);
    else {
      const check = this.#checks.get(key) ?? this.#begin(key, namespace, provider);
      this.#keepKnown(check, before);
      check.users.add(policy);
      this.#byPolicy.set(policy, check);
    }
    if (before !== undefined) this.#leave(policy, before);
    this.#schedule.passSoon();
  }

  /** O(documents). */
  state(): DocumentsState {
    const documents = { unknown: 0, known: 0, denied: 0, unreachable: 0 };
    let staleMs = 0;
    for (const check of this.#checks.values()) {
      documents[check.verdict.state]++;
      staleMs = Math.max(staleMs, this.#schedule.staleMs(check));
    }
    const { backlog, backlogs: backlogOf } = this.#schedule;
    return { documents, servers: this.#schedule.serverCounts(), backlog, backlogOf, staleMs };
  }

  *states(): Generator<CheckState> {
    for (const check of this.#checks.values()) {
      const { state, sinceMs, message } = check.verdict;
      const [first = ''] = check.users;
      const users = check.users.size;
      yield { for: first, users, state, sinceMs, message, ...this.#schedule.stateOf(check) };
    }
  }

  /** Reports no further row. Resolves when nothing is under way, which the caller has ended. */
  async close(): Promise<void> {
    for (const check of this.#checks.values()) check.cancel?.();
    this.#schedule.close();
    await this.#schedule.ended();
  }

  #begin(key: ResourceKey, namespace: string, provider: ProviderRef): DocumentCheck {
    const check: DocumentCheck = {
      ...this.#schedule.newCheck(hostOfIssuer(provider.issuer), namespace),
      key,
      provider,
      users: new Set(),
      verdict: unasked(this.#ports.clock.wallMs()),
      reported: undefined,
    };
    this.#checks.set(key, check);
    this.#dirty.add(key);
    if (check.server === undefined) this.#judge(check, noPlace);
    else this.#schedule.due(check);
    return check;
  }

  /** With other CAs the document of the same issuer stays in use until the issuer has answered by them. */
  #keepKnown(check: DocumentCheck, before: DocumentCheck | undefined): void {
    if (before?.provider.issuer !== check.provider.issuer || before.verdict.state !== 'known') return;
    if (check.verdict.state !== 'known') check.verdict = before.verdict;
  }

  #leave(policy: ResourceKey, check: DocumentCheck): void {
    check.users.delete(policy);
    if (check.users.size > 0) return;
    this.#checks.delete(check.key);
    this.#dirty.add(check.key);
    this.#schedule.end(check);
  }

  #requestOf({ namespace, provider: { issuer, ca } }: DocumentCheck): DocumentRequest {
    const { limits, places } = this.#ports.options();
    return { namespace, issuer, ca, limits, places };
  }

  #onResult(check: DocumentCheck, server: Server, result: DocumentResult, seconds: number): void {
    this.#ports.onAttempt?.(result, seconds);
    if (this.#checks.get(check.key) !== check) return;
    const before = check.verdict;
    if (result.kind === 'known') this.#schedule.confirmed(check);
    else this.#schedule.failed(check, server, result.kind === 'unreachable' ? result.retryAfterMs : 0);
    this.#judge(check, result);
    this.#say(check, before, result);
  }

  #say(check: DocumentCheck, before: DocumentVerdict, result: DocumentResult): void {
    const { log } = this.#ports;
    const { issuer } = check.provider;
    const fields = { issuer, namespace: check.namespace, policies: check.users.size };
    const isNews = before.state !== check.verdict.state || before.message !== check.verdict.message;
    if (result.kind === 'known') {
      if (isNews) log.info(fields, 'the document of an OpenID provider is here');
      return;
    }
    const text =
      check.verdict.state === 'known'
        ? 'the document of an OpenID provider from before stays in use'
        : 'the document of an OpenID provider cannot be had';
    log[isNews ? 'warn' : 'debug']({ ...fields, reason: result.reason }, `${text}: ${result.message}`);
  }

  #block(check: DocumentCheck, failure: Unreachable): void {
    this.#judge(check, failure);
    this.#schedule.passSoon();
  }

  #judge(check: DocumentCheck, result: DocumentResult): void {
    check.verdict = judgeDocument(check.verdict, result, this.#ports.clock.wallMs());
    this.#dirty.add(check.key);
  }

  #report(): void {
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const check = this.#checks.get(key);
      if (check === undefined) {
        this.#ports.onRow({ kind: 'delete', key });
        continue;
      }
      const row = oidcProviderRow(key, rowOf(check));
      const text = Buffer.from(row.bytes).toString();
      if (text === check.reported) continue;
      check.reported = text;
      this.#ports.onRow({ kind: 'put', row });
    }
  }
}

type Server = ServerState<DocumentCheck>;

function rowOf({ verdict, nextAttemptMs }: DocumentCheck): OidcProviderRow {
  const { state, endpoints, sinceMs, message } = verdict;
  return {
    state,
    ...endpoints,
    since: new Date(sinceMs).toISOString(),
    // A known document is tried again all the time: its row changes only when it is something else.
    ...(message === undefined || nextAttemptMs === undefined
      ? {}
      : { nextAttempt: new Date(nextAttemptMs).toISOString() }),
    ...(message === undefined ? {} : { message }),
  };
}

const noPlace: DocumentResult = {
  kind: 'denied',
  reason: 'place',
  message: 'the issuer is no URL with https',
};
