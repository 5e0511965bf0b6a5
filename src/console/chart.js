import { element, svgElement } from './dom.js';

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {readonly (number | undefined)[]} values One a second; the newest is last.
 */

const seconds = 120;
const height = 100;

/** Draws lines of the last two minutes. The pointer, or the arrow keys, read the values of a second. */
export class Chart {
  root;
  /** @type {readonly Line[]} */
  #lines = [];
  #say;
  #plot = svgElement('svg', { viewBox: `0 0 ${seconds} ${height}`, preserveAspectRatio: 'none' });
  #legend = element('ul', { class: 'legend' });
  #top = element('span', { class: 'top' });
  #when = element('span', { class: 'when' }, 'now');
  /** Seconds before now that are read. */
  #back = 0;

  /**
   * @param {string} title
   * @param {(value: number) => string} say
   */
  constructor(title, say) {
    this.#say = say;
    const frame = element(
      'div',
      { class: 'plot', tabindex: '0', role: 'img', 'aria-label': title },
      this.#plot,
      this.#top,
    );
    this.root = element(
      'figure',
      {},
      element('figcaption', {}, element('h2', {}, title), this.#legend),
      frame,
      element('p', { class: 'axis' }, element('span', {}, '2 min ago'), this.#when),
    );
    frame.addEventListener('pointermove', ({ clientX }) => {
      const { left, width } = frame.getBoundingClientRect();
      this.#read(Math.round((1 - (clientX - left) / width) * seconds));
    });
    frame.addEventListener('pointerleave', () => this.#read(0));
    frame.addEventListener('keydown', ({ key }) => {
      if (key === 'ArrowLeft') this.#read(this.#back + 1);
      if (key === 'ArrowRight') this.#read(this.#back - 1);
    });
  }

  /** @param {readonly Line[]} lines */
  show(lines) {
    this.#lines = lines;
    this.#draw();
  }

  /** @param {number} back */
  #read(back) {
    this.#back = Math.max(0, Math.min(seconds, back));
    this.#draw();
  }

  #draw() {
    const present = this.#lines.flatMap(({ values }) => values.filter((value) => value !== undefined));
    const top = niceTop(Math.max(0, ...present));
    this.#top.textContent = present.length === 0 ? 'nothing yet' : this.#say(top);
    this.#when.textContent = this.#back === 0 ? 'now' : `${this.#back} s ago`;
    const x = seconds - this.#back;
    this.#plot.replaceChildren(
      ...this.#lines.flatMap(({ values }, i) =>
        pathsOf(values, top).map((d) => svgElement('path', { d, class: `line${i}` })),
      ),
      ...(this.#back === 0 ? [] : [svgElement('path', { d: `M${x} 0V${height}`, class: 'reading' })]),
    );
    this.#legend.replaceChildren(
      ...this.#lines.map(({ name, values }, i) => {
        const value = values.at(-1 - this.#back);
        const text = value === undefined ? '–' : this.#say(value);
        return element('li', { class: `line${i}` }, `${name} `, element('b', {}, text));
      }),
    );
  }
}

/**
 * Returns a path for each stretch without a gap.
 *
 * @param {readonly (number | undefined)[]} values
 * @param {number} top
 */
function pathsOf(values, top) {
  /** @type {string[]} */
  const paths = [];
  let path = '';
  for (const [i, value] of values.entries()) {
    if (value === undefined) {
      if (path !== '') paths.push(path);
      path = '';
      continue;
    }
    const [x, y] = [seconds - values.length + 1 + i, height - (value / top) * (height - 4) - 1];
    path += path === '' ? `M${x} ${y.toFixed(1)}h0.4` : `L${x} ${y.toFixed(1)}`;
  }
  return path === '' ? paths : [...paths, path];
}

/** @param {number} most */
function niceTop(most) {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power;
}
