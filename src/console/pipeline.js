import { Chart } from './chart.js';
import { element, table } from './dom.js';
import { amount, duration } from './words.js';

/** @typedef {import('../run/console/shapes.ts').Tick} Tick */
/** @typedef {keyof Tick['lanes']} LaneName */

/** @type {readonly LaneName[]} */
const lanes = ['endpoints', 'config'];

/** Shows how changes go through the pipeline, second by second. */
export class PipelineView {
  root;
  #history;
  #flow = element('div', { class: 'flow' });
  #tables = element('div', { class: 'tables' });
  #rate = new Chart('Resources pushed, a second', amount);
  #lag = new Chart('From the event to the ACK, p99 of 10 s', duration);
  #endpoints = new Chart('From a change of endpoints to the proxy', duration);
  #behind = new Chart('Proxies that lack something', amount);

  /** @param {import('./history.js').History} history */
  constructor(history) {
    this.#history = history;
    const charts = [this.#rate, this.#lag, this.#endpoints, this.#behind].map(({ root }) => root);
    this.root = element('div', {}, this.#flow, element('div', { class: 'charts' }, ...charts), this.#tables);
    this.tick();
  }

  tick() {
    const { last } = this.#history;
    if (last === undefined) {
      this.#flow.replaceChildren(element('p', { class: 'empty' }, 'Waiting for the first second.'));
      return;
    }
    this.#flow.replaceChildren(this.#source(last), ...lanes.map((name) => this.#lane(name, last)));
    this.#draw(last);
    this.#tables.replaceChildren(
      fleetTable(last),
      unitTable(last),
      conditionTable(last),
      typeTable(last),
      refusedTable(last),
    );
  }

  /** @param {Tick} last */
  #source({ units, backlog, proxies }) {
    return element(
      'section',
      { class: 'lane' },
      element('h2', {}, 'All'),
      element(
        'ol',
        {},
        step('events', amount(this.#history.rate(({ events }) => events)), 'a second'),
        step('units', amount(units), 'exist'),
        step('backlog', amount(backlog), 'units not in force yet'),
        step('proxies', amount(proxies), 'connected'),
      ),
    );
  }

  /**
   * @param {LaneName} name
   * @param {Tick} last
   */
  #lane(name, last) {
    const lane = last.lanes[name];
    const rate = (/** @type {(of: Tick['lanes'][LaneName]) => number} */ read) =>
      amount(this.#history.rate(({ lanes: all }) => read(all[name])));
    return element(
      'section',
      { class: 'lane' },
      element('h2', {}, `Lane ${name}`),
      element(
        'ol',
        {},
        step(
          'coalesced',
          rate(({ coalesced }) => coalesced),
          'a second',
        ),
        step('dirty', amount(lane.dirty), `${amount(lane.underWay)} under way`),
        step(
          'batches',
          rate(({ batchesSent }) => batchesSent),
          'a second',
        ),
        workers(lane),
        step(
          'published',
          rate(({ published }) => published),
          'units a second',
        ),
        step(
          'pushed',
          rate(({ pushed }) => pushed),
          'resources a second',
        ),
        step(
          'ACKed',
          rate(({ acks }) => acks),
          'responses a second',
        ),
        step(
          'NACKed',
          rate(({ nacks }) => nacks),
          `${amount(lane.nacks)} since the start`,
          lane.nacks > 0,
        ),
      ),
    );
  }

  /** @param {Tick} last */
  #draw(last) {
    const history = this.#history;
    const { bounds } = last;
    this.#rate.show(
      lanes.map((name) => ({ name, values: history.rates((tick) => tick.lanes[name].pushed) })),
    );
    this.#lag.show(
      lanes.map((name) => ({
        name,
        values: history.quantiles((tick) => tick.lanes[name].stages['total'], bounds.stage, 0.99),
      })),
    );
    this.#endpoints.show(
      [0.5, 0.99].map((q) => ({
        name: `p${q * 100}`,
        values: history.quantiles((tick) => tick.endpointLag, bounds.lag, q),
      })),
    );
    this.#behind.show([
      {
        name: 'proxies',
        values: history.values((tick) => Math.max(0, ...tick.types.map(({ behind }) => behind))),
      },
      { name: 'connected', values: history.values((tick) => tick.proxies) },
    ]);
  }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} note
 * @param {boolean} [isBad]
 */
function step(name, value, note, isBad = false) {
  return element(
    'li',
    { class: isBad ? 'bad' : value === '0' ? 'quiet' : '' },
    element('span', {}, name),
    element('b', {}, value),
    element('small', {}, note),
  );
}

/** @param {Tick['lanes'][LaneName]} lane */
function workers({ batches, parallel }) {
  const made = step('workers', `${batches} of ${parallel}`, 'busy', batches > parallel);
  const meter = element('meter', {
    min: '0',
    max: String(parallel),
    value: String(batches),
    'aria-hidden': 'true',
  });
  made.append(meter);
  if (batches === 0) made.classList.add('quiet');
  return made;
}

/** @param {Tick} tick */
function fleetTable({ fleets, proxies }) {
  return table(
    'Gateways, the furthest behind first',
    ['Gateway', 'Proxies #', 'Oldest change without an ACK #'],
    fleets
      .filter(({ proxies: own }) => own > 0)
      .map(({ gateway, proxies: own, oldestMs }) => [
        gateway === ''
          ? 'without anything to serve'
          : element('a', { href: `#object/${encodeURIComponent(`Gateway/${gateway}`)}` }, gateway),
        amount(own),
        oldestMs === 0 ? 'up to date' : duration(oldestMs),
      ]),
    proxies === 0
      ? 'No proxy is connected. A Gateway’s proxies connect when they run: see its condition Programmed under Objects.'
      : '',
  );
}

/** @param {Tick} tick */
function unitTable({ slowest }) {
  return table(
    'Slowest units of the last minute',
    ['Unit', 'Time #', 'When #'],
    slowest.slice(0, 10).map(({ unit, ms, agoMs }) => [unit, duration(ms), `${duration(agoMs)} ago`]),
    'No unit was translated since this page was opened: an edit of an object shows here.',
  );
}

/** @param {Tick} tick */
function conditionTable({ conditions }) {
  return table(
    'Not in force as written',
    ['Kind', 'Condition', 'Reason', 'Objects #'],
    conditions.map(({ kind, type, reason, objects }) => [
      element('a', { href: `#objects?wrong&kind=${encodeURIComponent(kind)}` }, kind),
      type,
      reason,
      amount(objects),
    ]),
    'Every object is in force as it is written.',
  );
}

/** @param {Tick} tick */
function typeTable({ types }) {
  return table(
    'Resources by type',
    ['Type', 'Sent #', 'Proxies behind #', 'Last good #', 'Rejected #'],
    types
      .filter(({ responses }) => responses > 0)
      .map(({ type, resources, behind, lastGood, rejected }) => [
        type,
        amount(resources),
        amount(behind),
        amount(lastGood),
        amount(rejected),
      ]),
    'Nothing was sent yet.',
  );
}

/** @param {Tick} tick */
function refusedTable({ refused }) {
  return table(
    'Connections and streams that were refused',
    ['Reason', 'Since the start #'],
    Object.entries(refused).flatMap(([reason, count]) => (count === 0 ? [] : [[reason, amount(count)]])),
    'None was refused.',
  );
}
