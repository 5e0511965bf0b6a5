import { element, objectLink } from './dom.js';
import { ListView } from './list-view.js';
import { duration, until } from './words.js';

/** @typedef {import('../run/console/shapes.ts').ProxyPage} ProxyPage */
/** @typedef {import('../run/console/shapes.ts').ObjectList} ObjectList */
/** @typedef {import('../remote/check-state.ts').CheckState} CheckState */

/** @param {URLSearchParams} query */
export function proxiesView(query) {
  return new ListView(
    {
      page: 'proxies',
      label: 'Gateway or proxy',
      box: 'lacking',
      boxLabel: 'that lack something',
      isLive: true,
      empty:
        'No proxy here. Without a search: none is connected to this replica; each replica has its own, and sluice proxies asks all of them.',
      read(answer) {
        const { proxies, from } = /** @type {ProxyPage} */ (answer);
        const rows = proxies.map(proxyRow);
        return from === undefined ? { rows } : { rows, next: { from: String(from) } };
      },
    },
    query,
  );
}

/** @param {ProxyPage['proxies'][number]} proxy */
function proxyRow({ proxy, gateway, envoy, connectedForMs, served, lacks, isCut }) {
  const [first] = lacks;
  const state = !served
    ? 'nothing to serve'
    : first === undefined
      ? 'up to date'
      : `lacks ${lacks.length}${isCut ? ' or more' : ''}`;
  const items = lacks.map(({ type, name, forMs, why, message }) =>
    element(
      'li',
      {},
      element('code', {}, `${type} ${name}`),
      ` for ${duration(forMs)}: ${why}`,
      ...(message === undefined ? [] : [element('pre', {}, message)]),
    ),
  );
  const about = `Envoy ${envoy ?? 'of an unknown version'}, connected for ${duration(connectedForMs)}`;
  return element(
    'article',
    { 'data-row': `${gateway} ${proxy}`, class: first === undefined ? '' : 'waiting' },
    element(
      'details',
      {},
      element('summary', {}, element('b', {}, proxy), element('span', {}, gateway), element('em', {}, state)),
      element('p', {}, about),
      items.length === 0
        ? element('p', {}, 'It has acknowledged all that its Gateway is to have.')
        : element('ul', {}, ...items),
    ),
  );
}

/** @param {URLSearchParams} query */
export function objectsView(query) {
  return new ListView(
    {
      page: 'objects',
      label: 'Kind/namespace/name',
      box: 'wrong',
      boxLabel: 'not in force as written',
      isLive: false,
      empty: 'No object here. Without a search: none names a GatewayClass of this Sluice.',
      read(answer) {
        const { objects, after } = /** @type {ObjectList} */ (answer);
        const rows = objects.map(({ object, wrong }) =>
          element(
            'article',
            { 'data-row': object, class: wrong.length === 0 ? '' : 'wrong' },
            objectLink(object),
            ...wrong.slice(0, 3).map((text) => element('p', {}, text)),
            ...(wrong.length > 3 ? [element('p', {}, `and ${wrong.length - 3} more`)] : []),
          ),
        );
        return after === undefined ? { rows } : { rows, next: { after } };
      },
    },
    query,
  );
}

/** @param {URLSearchParams} query */
export function fetchedView(query) {
  return new ListView(
    {
      page: 'fetched',
      label: 'Object or server',
      box: 'failing',
      boxLabel: 'whose last check failed',
      isLive: true,
      empty: 'No policy names a module or an OpenID provider: nothing is fetched.',
      read: (answer) => ({ rows: /** @type {CheckState[]} */ (answer).map(fetchedRow) }),
    },
    query,
  );
}

/** @param {CheckState} check */
function fetchedRow({
  for: object,
  users,
  host,
  state,
  sinceMs,
  nextAttemptMs,
  isRunning,
  confirmedAgoMs,
  message,
}) {
  const next = isRunning
    ? 'is asked now'
    : nextAttemptMs === undefined
      ? 'is due'
      : `next check ${until(nextAttemptMs)}`;
  const confirmed =
    confirmedAgoMs === undefined ? 'never confirmed' : `confirmed ${duration(confirmedAgoMs)} ago`;
  return element(
    'article',
    { 'data-row': `${object} ${host}`, class: message === undefined ? '' : 'waiting' },
    element('b', {}, object),
    element(
      'span',
      {},
      ` ${users === 1 ? '' : `and ${users - 1} more, `}from ${host}: ${state} for ${duration(Math.max(0, Date.now() - sinceMs))}`,
    ),
    element('p', {}, `${confirmed}, ${next}`),
    ...(message === undefined ? [] : [element('p', {}, message)]),
  );
}
